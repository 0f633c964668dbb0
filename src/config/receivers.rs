//! `[[receiver]]` and `[[route]]`.

use super::findings::Findings;
use super::node::{Node, Place};
use super::secret::Vault;
use super::table::Table;
use super::*;
use base64::Engine;
use std::path::Path;

/// The table of options that belongs to each kind, in the order of [`options::RECEIVERS`].
const TABLES: [Option<&str>; 4] =
    [None, Some("receiver.command"), Some("receiver.webhook"), Some("receiver.email")];

/// Reads one `[[receiver]]`.
pub(super) fn receiver(
    node: &Node,
    vault: &Vault,
    findings: &mut Findings,
) -> Option<(ReceiverConfig, Place)> {
    let mut table = Table::member(vec!["receiver"], node, findings)?;
    let kind = table.choice("kind", findings);
    let name = table.read("name", values::id, findings);
    // Without a kind nobody knows which keys belong to it: unknown ones are not reported then.
    let kind = kind?;
    if let Some(more) = TABLES.get(kind).copied().flatten() {
        table.also(more);
    }
    table.report_unknown(findings);
    let kind = match kind {
        0 => Some(ReceiverKind::Log),
        1 => command(&table, findings),
        2 => webhook(&table, vault, findings),
        _ => email(&table, vault, findings).map(ReceiverKind::Email),
    };
    let at = findings.locate(&table.at);
    Some((ReceiverConfig { name: ReceiverName(name?), kind: kind?, at }, table.at.clone()))
}

fn command(table: &Table<'_>, findings: &mut Findings) -> Option<ReceiverKind> {
    let mut argv = table.read("argv", values::argv, findings)?;
    let source = table.given("argv")?.at.source;
    if let Some(program) = argv.first_mut().filter(|program| program.contains('/')) {
        *program = findings.resolve(source, Path::new(program)).to_string_lossy().into_owned();
    }
    Some(ReceiverKind::Command { argv })
}

fn webhook(table: &Table<'_>, vault: &Vault, findings: &mut Findings) -> Option<ReceiverKind> {
    let url = vault.read(table, "url", findings);
    let secret = vault.read(table, "secret", findings);
    let headers = vault.headers(table, "headers", findings);
    if let Some(why) = url.as_ref().and_then(|url| bad_address(url.expose())) {
        let expected = options::Kind::Url.expected();
        report_secret(table, "url", &format!("is an address {why}; expected {expected}"), findings);
    }
    if secret.as_ref().is_some_and(|secret| !good_signing_secret(secret.expose())) {
        report_secret(table, "secret", "starts with whsec_ but is not followed by base64", findings);
    }
    Some(ReceiverKind::Webhook { url: url?, secret, headers })
}

fn bad_address(text: &str) -> Option<String> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => None,
        Ok(url) => Some(format!("with scheme {}", url.scheme())),
        Err(error) => Some(format!("which does not parse ({error})")),
    }
}

fn good_signing_secret(text: &str) -> bool {
    text.strip_prefix("whsec_").is_none_or(|coded| {
        base64::engine::general_purpose::STANDARD.decode(coded).is_ok_and(|bytes| !bytes.is_empty())
    })
}

/// Reports a secret at whichever of its keys was given, without repeating it.
fn report_secret(table: &Table<'_>, key: &str, what: &str, findings: &mut Findings) {
    for way in [key.to_owned(), format!("{key}_file"), format!("{key}_credential")] {
        if let Some(node) = table.given(&way) {
            findings.wrong(&node.at, format!("`{way}` in {} {what}", table.shown()));
            return;
        }
    }
}

fn email(table: &Table<'_>, vault: &Vault, findings: &mut Findings) -> Option<EmailConfig> {
    let host = table.required_text("host", values::text, findings);
    let tls = match table.choice("tls", findings) {
        Some(1) => SmtpTls::Tls,
        Some(2) => SmtpTls::None,
        _ => SmtpTls::StartTls,
    };
    let port = table.read("port", values::int, findings).and_then(|port| u16::try_from(port).ok());
    let ca_file = table.path("ca_file", findings);
    let username = table.text("username", findings);
    let password = vault.read(table, "password", findings);
    let from = table.read("from", values::mailbox, findings);
    let to = table.read("to", values::mailboxes, findings);
    check_email(table, &ca_file, username.is_some(), password.is_some(), tls, findings);
    Some(EmailConfig {
        host: host?,
        port: port.unwrap_or(default_port(tls)),
        tls,
        ca_file,
        username,
        password,
        from: from?,
        to: to?,
    })
}

/// The port of mail submission, of implicit TLS (RFC 8314), of plain SMTP.
fn default_port(tls: SmtpTls) -> u16 {
    match tls {
        SmtpTls::StartTls => 587,
        SmtpTls::Tls => 465,
        SmtpTls::None => 25,
    }
}

fn check_email(
    table: &Table<'_>,
    ca_file: &Option<std::path::PathBuf>,
    username: bool,
    password: bool,
    tls: SmtpTls,
    findings: &mut Findings,
) {
    if let (Some(path), Some(node)) = (ca_file, table.given("ca_file"))
        && !path.is_file()
    {
        findings.wrong(&node.at, "`ca_file` in [[receiver]] names a file that is not there");
    }
    let password_given =
        ["password", "password_file", "password_credential"].iter().any(|k| table.given(k).is_some());
    match (username, password) {
        (true, false) if !password_given => {
            findings.absent(&table.at, "[[receiver]] has a `username` but no `password`")
        }
        (false, true) if table.given("username").is_none() => {
            findings.absent(&table.at, "[[receiver]] has a `password` but no `username`");
        }
        _ => {}
    }
    if let (SmtpTls::None, true, Some(node)) = (tls, password, table.given("tls")) {
        findings.warn(&node.at, "the password is sent without encryption");
    }
}

/// A route with where its references stand.
pub(super) struct RouteParts<'a> {
    pub route: RouteConfig,
    pub topics: Option<&'a Node>,
    pub feeds: Option<&'a Node>,
    pub tags: Option<&'a Node>,
    pub to: Option<&'a Node>,
}

fn when(table: &Table<'_>, findings: &mut Findings) -> Option<Condition> {
    let query = table.read("when", values::lines, findings)?;
    Some(super::topics::condition(query, table.given("when")?, findings))
}

/// Reads one `[[route]]`.
pub(super) fn route<'a>(node: &'a Node, findings: &mut Findings) -> Option<RouteParts<'a>> {
    let table = Table::member(vec!["route"], node, findings)?;
    table.report_unknown(findings);
    let to = table.read("to", values::texts, findings);
    let health = table.choice("source", findings) == Some(1);
    if let (true, Some(node)) = (health, table.given("topics")) {
        findings.warn(&node.at, "a change of health has no topic: this route never fits");
    }
    if let (true, Some(node)) = (health, table.given("when")) {
        findings.warn(&node.at, "a change of health has no text: this route never fits");
    }
    let route = RouteConfig {
        source: if health { AlertSource::Health } else { AlertSource::Hits },
        topics: table.list("topics", values::texts, findings).into_iter().map(TopicId).collect(),
        min_priority: table.choice("min_priority", findings).map(super::priority),
        feeds: table.list("feeds", values::texts, findings).into_iter().map(FeedId).collect(),
        tags: table.list("tags", values::texts, findings),
        langs: table.list("langs", values::langs, findings),
        when: when(&table, findings),
        to: to.unwrap_or_default().into_iter().map(ReceiverName).collect(),
        continues: table.read("continue", values::boolean, findings).unwrap_or_default(),
        updates: updates(&table, health, findings),
        at: findings.locate(&table.at),
    };
    let [topics, feeds, tags, to] = ["topics", "feeds", "tags", "to"].map(|key| table.given(key));
    Some(RouteParts { route, topics, feeds, tags, to })
}

/// Reads `updates` of a route.
fn updates(route: &Table<'_>, health: bool, findings: &mut Findings) -> UpdatePolicy {
    let (Some(node), Some(())) = (route.given("updates"), route.read("updates", values::subtable, findings))
    else {
        return UpdatePolicy::default();
    };
    if health {
        findings.warn(&node.at, "a change of health is no story: it has no updates");
    }
    let Some(table) = Table::inner("route.updates", "updates of [[route]]", node, findings) else {
        return UpdatePolicy::default();
    };
    UpdatePolicy {
        outlets: table
            .list("outlets", values::ints, findings)
            .into_iter()
            .map(|number| u32::try_from(number).unwrap_or(u32::MAX))
            .collect(),
        languages: table.read("languages", values::boolean, findings).unwrap_or_default(),
        corrections: table.read("corrections", values::boolean, findings).unwrap_or_default(),
    }
}
