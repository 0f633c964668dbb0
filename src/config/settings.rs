//! The tables that stand once: `[store]` to `[log]`.

use super::findings::Findings;
use super::node::Node;
use super::overrides::Outside;
use super::secret::Vault;
use super::table::Table;
use super::*;

/// Reads the tables that stand once.
pub(super) struct Settings<'a> {
    pub root: &'a Node,
    pub outside: &'a Outside,
    pub overrides: &'a Overrides,
    pub vault: &'a Vault,
}

impl<'a> Settings<'a> {
    fn table(&self, name: &'static str, findings: &mut Findings) -> Table<'a> {
        let node = self.root.entries().iter().find(|entry| entry.key == name).map(|entry| &entry.node);
        Table::single(name, node, self.outside, findings)
    }

    /// `[store]`
    pub fn store(&self, f: &mut Findings) -> StoreConfig {
        let table = self.table("store", f);
        let path = match table.given("path") {
            Some(_) => table.path("path", f),
            None => find::database(self.overrides),
        };
        if path.is_none() && table.given("path").is_none() {
            f.absent(
                &table.at,
                "`path` in [store] is not given, and neither STATE_DIRECTORY nor HOME says where it could be",
            );
        }
        StoreConfig {
            path: path.unwrap_or_default(),
            keep_bodies: table.duration("keep_bodies", f),
            keep_records: table.duration("keep_records", f),
        }
    }

    /// `[net]`
    pub fn net(&self, f: &mut Findings) -> NetConfig {
        let table = self.table("net", f);
        let proxy = self.vault.read(&table, "proxy", f);
        if let (Some(proxy), Some(node)) =
            (&proxy, ["proxy", "proxy_file", "proxy_credential"].into_iter().find_map(|way| table.given(way)))
            && !is_proxy(proxy.expose())
        {
            f.wrong(
                &node.at,
                "`proxy` in [net] is not an http://, https://, socks5:// or socks5h:// address",
            );
        }
        NetConfig {
            allow_addresses: table.list("allow_addresses", values::ranges, f),
            allow_ports: table.list("allow_ports", values::ports, f),
            contact: table.text("contact", f).unwrap_or_default(),
            proxy: proxy.map(|secret| secret.expose().to_owned()),
        }
    }

    /// `[intake]`
    pub fn intake(&self, f: &mut Findings) -> IntakeConfig {
        let table = self.table("intake", f);
        let intake = IntakeConfig {
            interval: table.duration("interval", f),
            min_interval: table.duration("min_interval", f),
            max_interval: table.duration("max_interval", f),
            requests_per_minute: table
                .read("requests_per_minute", values::int, f)
                .map(|limit| u32::try_from(limit).unwrap_or(u32::MAX)),
            concurrency: table.count("concurrency", f),
            host_spacing: table.duration("host_spacing", f),
            timeout: table.duration("timeout", f),
            connect_timeout: table.duration("connect_timeout", f),
            max_body: table.read("max_body", values::size, f).unwrap_or_default(),
            max_redirects: table.count("max_redirects", f),
            max_entries: table.count("max_entries", f),
        };
        in_order(&table, [("min_interval", intake.min_interval), ("interval", intake.interval)], f);
        in_order(&table, [("interval", intake.interval), ("max_interval", intake.max_interval)], f);
        in_order(&table, [("connect_timeout", intake.connect_timeout), ("timeout", intake.timeout)], f);
        intake
    }

    /// Warns where the feeds at their longest intervals already come to more than the budget.
    pub fn weigh(&self, config: &Config, f: &mut Findings) {
        let intake = &config.intake;
        let Some(limit) = intake.requests_per_minute else { return };
        let seconds = |feed: &FeedConfig| feed.interval.unwrap_or(intake.max_interval).as_secs_f64().max(1.0);
        let asked: f64 = config.feeds.iter().map(|feed| 60.0 / seconds(feed)).sum();
        if asked > f64::from(limit) {
            // Opening the table a second time must not report its mistakes a second time.
            let at = self.table("intake", &mut Findings::default()).given("requests_per_minute");
            let at = at.map(|node| node.at.clone());
            let said = format!(
                "{} feeds at their longest intervals come to {asked:.1} requests a minute; with {limit} they are polled more seldom",
                config.feeds.len()
            );
            f.warn(&at.unwrap_or_default(), said);
        }
    }

    /// `[desk]`
    pub fn desk(&self, f: &mut Findings) -> DeskConfig {
        let table = self.table("desk", f);
        DeskConfig { window: table.duration("window", f), batch: table.count("batch", f) }
    }

    /// `[embeddings]`
    pub fn embeddings(&self, f: &mut Findings) -> EmbeddingsConfig {
        let table = self.table("embeddings", f);
        let model = table.path("model", f);
        let endpoint = table.read("endpoint", values::url, f);
        if let (Some(path), Some(node)) = (&model, table.given("model"))
            && !["tokenizer.json", "model.safetensors"].iter().all(|file| path.join(file).is_file())
        {
            f.warn(&node.at, "there is no tokenizer.json with model.safetensors in this directory");
        }
        if let (Some(_), Some(node)) = (&model, table.given("endpoint")) {
            f.warn(&node.at, "[embeddings] has a `model`, too: that one is used");
        }
        let percent = table.count("threshold", f);
        EmbeddingsConfig {
            model,
            endpoint,
            endpoint_model: table.text("endpoint_model", f).unwrap_or_default(),
            endpoint_key: self.vault.read(&table, "endpoint_key", f),
            timeout: table.duration("timeout", f),
            threshold: f32::from(u8::try_from(percent).unwrap_or(100)) / 100.0,
        }
    }

    /// `[alert]`
    pub fn alert(&self, f: &mut Findings) -> AlertConfig {
        let table = self.table("alert", f);
        let alert = AlertConfig {
            concurrency: table.count("concurrency", f),
            timeout: table.duration("timeout", f),
            retry_first: table.duration("retry_first", f),
            retry_max: table.duration("retry_max", f),
            give_up: table.duration("give_up", f),
        };
        in_order(&table, [("retry_first", alert.retry_first), ("retry_max", alert.retry_max)], f);
        alert
    }

    /// `[http]`
    pub fn http(&self, f: &mut Findings) -> HttpConfig {
        let table = self.table("http", f);
        let listen = table.read("listen", values::listen, f).flatten();
        if let (Some(address), Some(node)) = (listen, table.given("listen"))
            && !address.ip().is_loopback()
        {
            f.warn(&node.at, "everybody who reaches this address can read hits: there is no log-in");
        }
        HttpConfig { listen, public_url: table.read("public_url", values::url, f) }
    }

    /// `[log]`
    pub fn log(&self, f: &mut Findings) -> LogConfig {
        let table = self.table("log", f);
        LogConfig { level: table.read("level", values::filter, f).unwrap_or_default() }
    }
}

fn is_proxy(text: &str) -> bool {
    url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") && url.has_host())
}

/// Reports two durations of which the first is longer than the second; zero is what a fault left behind.
fn in_order(table: &Table<'_>, pair: [(&str, std::time::Duration); 2], findings: &mut Findings) {
    let [(small_key, small), (large_key, large)] = pair;
    if small <= large || large.is_zero() {
        return;
    }
    let node = table.given(small_key).or_else(|| table.given(large_key));
    let at = node.map_or(&table.at, |node| &node.at);
    let (small, large) = (format_duration(small), format_duration(large));
    findings.wrong(
        at,
        format!("`{small_key}` in {} ({small}) is longer than `{large_key}` ({large})", table.shown()),
    );
}
