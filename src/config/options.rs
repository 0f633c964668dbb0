//! The option table: every key with its type, range, default and meaning, in one place.
//!
//! The readers take ranges and defaults from here, `config dump` and the environment variables are generated from
//! it, and tests compare docs/configuration.md and the shipped configuration with it. A kind of receiver has its own
//! table (`receiver.email`). What is not in the table is not a key.

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Text without control characters, at most so many characters.
    Text(usize),
    /// Any text, lines included.
    Lines,
    /// A path; relative ones start at the directory of the file they are written in.
    Path,
    /// An http or https address.
    Url,
    /// An id: lower-case letters, digits, `-`, `_`, `.`; it starts with a letter or digit.
    Id,
    /// A whole number from and to.
    Int(u64, u64),
    /// A duration from and to.
    Duration(&'static str, &'static str),
    /// A size from and to.
    Size(&'static str, &'static str),
    /// `true` or `false`.
    Bool,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `address:port`, or `off`.
    Listen,
    /// A `tracing` filter.
    Filter,
    /// A list of address ranges.
    Ranges,
    /// A list of ports.
    Ports,
    /// A list of texts (one alone may stand without brackets).
    Texts,
    /// A list of ids (one alone may stand without brackets).
    Ids,
    /// A language tag.
    Lang,
    /// A list of language tags (one alone may stand without brackets).
    Langs,
    /// A program and its arguments.
    Argv,
    /// A mail address, with or without a name.
    Mailbox,
    /// A list of mail addresses (one alone may stand without brackets).
    Mailboxes,
    /// A secret: `key`, or `key_file` (a path), or `key_credential` (a systemd credential).
    Secret,
    /// A table whose keys stand in the option table of this name.
    Table(&'static str),
    /// A list of whole numbers from and to (one alone may stand without brackets).
    Ints(u64, u64),
    /// A table of header names and values; a value is a text, `{ file = "…" }` or `{ credential = "…" }`.
    Headers,
}

/// What is taken where nothing is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fallback {
    /// The key must be given.
    Required,
    /// Nothing.
    Unset,
    /// This TOML value.
    Toml(&'static str),
    /// Worked out; in words.
    Computed(&'static str),
}

/// One key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Opt {
    /// Its table: `intake`, `feed`, `receiver.email`.
    pub table: &'static str,
    /// Its name.
    pub key: &'static str,
    /// What it must be.
    pub kind: Kind,
    /// What is taken where it is not given.
    pub default: Fallback,
    /// What it means.
    pub doc: &'static str,
}

/// The tables that stand once and whose keys the environment and flags can set.
pub const SETTINGS: [&str; 8] = ["store", "net", "intake", "desk", "embeddings", "alert", "http", "log"];

/// What routes carry.
pub const SOURCES: &[&str] = &["hits", "health"];

/// Priorities, least urgent first.
pub const PRIORITIES: &[&str] = &["low", "normal", "high", "urgent"];

/// Kinds of receiver.
pub const RECEIVERS: &[&str] = &["log", "command", "webhook", "email"];

/// How mail is protected.
pub const SMTP_TLS: &[&str] = &["starttls", "tls", "none"];

use Fallback::{Computed, Required, Toml, Unset};

const fn opt(
    table: &'static str,
    key: &'static str,
    kind: Kind,
    default: Fallback,
    doc: &'static str,
) -> Opt {
    Opt { table, key, kind, default, doc }
}

/// Every key. Ranges keep out what cannot be meant, not what is unusual.
#[rustfmt::skip]
pub const OPTIONS: &[Opt] = &[
    opt("store", "path", Kind::Path,
        Computed("`$STATE_DIRECTORY/newswatch.db`, else `$XDG_DATA_HOME/newswatch/newswatch.db`, else `~/.local/share/newswatch/newswatch.db`"),
        "The SQLite database."),
    opt("store", "keep_bodies", Kind::Duration("1d", "36500d"), Toml("\"90d\""),
        "Bodies and search text older than this are removed; titles, addresses, hits and what was seen stay."),
    opt("store", "keep_records", Kind::Duration("1d", "36500d"), Toml("\"30d\""),
        "Poll records and delivery attempts older than this are removed."),

    opt("net", "allow_addresses", Kind::Ranges, Toml("[]"),
        "Address ranges that may be reached although they are not public, for example `[\"192.168.1.0/24\"]`."),
    opt("net", "allow_ports", Kind::Ports, Toml("[]"),
        "Ports that may be reached besides 80, 443 and everything from 1024."),
    opt("net", "contact", Kind::Text(200), Toml("\"\""),
        "Address or web page in the user agent, so that publishers can reach you."),
    opt("net", "proxy", Kind::Secret, Unset,
        "Proxy for all requests, `http://`, `https://`, `socks5://` (names looked up here) or `socks5h://` (names looked up by the proxy); masked when shown, because it may hold a password. The rules for addresses hold with each (`docs/feeds.md`)."),

    opt("intake", "interval", Kind::Duration("1s", "30d"), Toml("\"1h\""),
        "Normal spacing of polls where neither the feed nor its publisher says otherwise."),
    opt("intake", "min_interval", Kind::Duration("1s", "30d"), Toml("\"5m\""),
        "No feed is polled more often than this."),
    opt("intake", "max_interval", Kind::Duration("1m", "90d"), Toml("\"1d\""),
        "A healthy feed is polled at least this often, unless its publisher forbids it."),
    opt("intake", "requests_per_minute", Kind::Int(1, 60_000),
        Computed("every feed once per `interval`, on average"),
        "Budget: no more requests a minute over all feeds, redirects, older pages, articles and robots.txt included. Feeds share it by how often they post; `feeds show` says where it is the reason."),
    opt("intake", "concurrency", Kind::Int(1, 1024), Toml("16"),
        "Polls that get going at once. One that waits for its server for more than two seconds does not count any more; eight times as many of those may be under way."),
    opt("intake", "host_spacing", Kind::Duration("0s", "1h"), Toml("\"2s\""),
        "Pause between two requests to one host."),
    opt("intake", "timeout", Kind::Duration("1s", "10m"), Toml("\"30s\""),
        "Whole time for one poll."),
    opt("intake", "connect_timeout", Kind::Duration("100ms", "5m"), Toml("\"10s\""),
        "Time for connecting."),
    opt("intake", "max_body", Kind::Size("1KiB", "1GiB"), Toml("\"10MB\""),
        "Largest document, after decompression."),
    opt("intake", "max_redirects", Kind::Int(0, 20), Toml("10"),
        "Redirects followed."),
    opt("intake", "max_entries", Kind::Int(1, 100_000), Toml("2000"),
        "Entries taken from one document."),

    opt("desk", "window", Kind::Duration("1h", "30d"), Toml("\"3d\""),
        "How long after its newest entry a story can still be joined."),
    opt("desk", "batch", Kind::Int(1, 10_000), Toml("500"),
        "Entries judged in one commit."),

    opt("embeddings", "model", Kind::Path, Unset,
        "Directory of a static embedding model in the form of model2vec: `tokenizer.json` and `model.safetensors`."),
    opt("embeddings", "endpoint", Kind::Url, Unset,
        "Instead of it, the address of an OpenAI-compatible endpoint, such as `https://embeddings.example.org/v1/embeddings`."),
    opt("embeddings", "endpoint_model", Kind::Text(200), Toml("\"default\""), "Name of the model, as the endpoint knows it."),
    opt("embeddings", "endpoint_key", Kind::Secret, Unset, "Key of the endpoint, sent as `Authorization: Bearer`."),
    opt("embeddings", "timeout", Kind::Duration("10ms", "10m"), Toml("\"5s\""),
        "Time for the vectors of a batch; entries without one in time are judged by their words alone, for good."),
    opt("embeddings", "threshold", Kind::Int(1, 99), Toml("60"),
        "Similarity in percent from which a vector speaks for one event."),

    opt("alert", "concurrency", Kind::Int(1, 256), Toml("1"),
        "Deliveries sent to one receiver at once. With 1 they arrive in order, and a crash repeats at most one."),
    opt("alert", "timeout", Kind::Duration("1s", "10m"), Toml("\"30s\""),
        "Time for one attempt."),
    opt("alert", "retry_first", Kind::Duration("1s", "1d"), Toml("\"5s\""),
        "Pause after the first failure; it doubles with each."),
    opt("alert", "retry_max", Kind::Duration("1s", "7d"), Toml("\"1h\""),
        "Longest pause."),
    opt("alert", "give_up", Kind::Duration("1m", "90d"), Toml("\"5d\""),
        "A delivery older than this is put among the dead letters."),

    opt("http", "listen", Kind::Listen, Toml("\"127.0.0.1:8717\""),
        "Where the HTTP side listens; `off` for nowhere."),
    opt("http", "public_url", Kind::Url, Unset,
        "Address under which people reach it, for links in feeds and alerts; with it feeds are also pushed by their hubs (`docs/feeds.md`)."),

    opt("log", "level", Kind::Filter, Toml("\"info\""),
        "What is logged: `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,newswatch::intake=debug`."),

    opt("feed", "url", Kind::Url, Required, "Address of the feed."),
    opt("feed", "id", Kind::Id, Computed("made from the address"),
        "Name in commands, routes and hits. The memory of a feed hangs on it: keep it when the address changes."),
    opt("feed", "title", Kind::Text(500), Unset, "Title for people; else the feed's own."),
    opt("feed", "tags", Kind::Texts, Toml("[]"), "Tags, for routes and queries."),
    opt("feed", "lang", Kind::Lang, Unset, "Language of entries that state none."),
    opt("feed", "publisher", Kind::Text(200), Unset, "Outlet behind the feed."),
    opt("feed", "interval", Kind::Duration("1s", "90d"), Unset,
        "Own interval, at least `intake.min_interval`."),
    opt("feed", "headers", Kind::Headers, Unset, "Extra request headers, for example for a subscription."),
    opt("feed", "full_text", Kind::Bool, Toml("false"),
        "Fetch the page of each new entry, so that topics see the whole article (`docs/feeds.md`)."),

    opt("topic", "id", Kind::Id, Required, "Name in commands, routes and hits."),
    opt("topic", "title", Kind::Text(500), Computed("the id"), "Title for people."),
    opt("topic", "description", Kind::Lines, Unset, "What it is for."),
    opt("topic", "priority", Kind::Choice(PRIORITIES), Toml("\"normal\""), "How urgent its alerts are."),
    opt("topic", "query", Kind::Lines, Required,
        "The query; best in `'''` quotes, where nothing needs escaping and mistakes are shown in place."),

    opt("sample", "topic", Kind::Id, Computed("the topic of the file, where it has one"), "The topic it tests."),
    opt("sample", "title", Kind::Lines, Required, "Title of the text."),
    opt("sample", "text", Kind::Lines, Toml("\"\""), "Body of the text."),
    opt("sample", "lang", Kind::Lang, Unset, "Its language."),
    opt("sample", "match", Kind::Bool, Toml("true"), "Whether the topic must match it."),

    opt("receiver", "name", Kind::Id, Required, "Name in routes and commands."),
    opt("receiver", "kind", Kind::Choice(RECEIVERS), Required, "What it is; each kind has its own further keys."),
    opt("receiver.command", "argv", Kind::Argv, Required,
        "Program and arguments. No shell; the alert comes as JSON on standard input. A name without `/` is looked up in PATH."),
    opt("receiver.webhook", "url", Kind::Secret, Required, "Address to POST to."),
    opt("receiver.webhook", "secret", Kind::Secret, Unset,
        "Signs each request after the Standard Webhooks specification; `whsec_` and base64, or any text."),
    opt("receiver.webhook", "headers", Kind::Headers, Unset, "Extra request headers."),
    opt("receiver.email", "host", Kind::Text(253), Required, "SMTP server."),
    opt("receiver.email", "port", Kind::Int(1, 65535), Computed("587, for `tls` 465, for `none` 25"), "Its port."),
    opt("receiver.email", "tls", Kind::Choice(SMTP_TLS), Toml("\"starttls\""), "How the connection is protected."),
    opt("receiver.email", "ca_file", Kind::Path, Unset, "Extra root certificate to trust (PEM)."),
    opt("receiver.email", "username", Kind::Text(500), Unset, "User name, where the server wants one."),
    opt("receiver.email", "password", Kind::Secret, Unset, "Password."),
    opt("receiver.email", "from", Kind::Mailbox, Required, "Sender."),
    opt("receiver.email", "to", Kind::Mailboxes, Required, "Recipients."),

    opt("route", "source", Kind::Choice(SOURCES), Toml("\"hits\""),
        "What the route carries: hits, or changes in the health of feeds (`docs/feeds.md`)."),
    opt("route", "topics", Kind::Ids, Toml("[]"), "Any of these topics."),
    opt("route", "min_priority", Kind::Choice(PRIORITIES), Unset, "At least this urgent."),
    opt("route", "feeds", Kind::Ids, Toml("[]"), "Any of these feeds."),
    opt("route", "tags", Kind::Texts, Toml("[]"), "Any feed with one of these tags."),
    opt("route", "langs", Kind::Langs, Toml("[]"), "Any of these languages."),
    opt("route", "when", Kind::Lines, Unset,
        "A query that the entry must match (`docs/query-language.md`); lists and topics can be named in it."),
    opt("route", "to", Kind::Ids, Required, "Receivers; `[]` tells nobody, and the hit is kept."),
    opt("route", "continue", Kind::Bool, Toml("false"), "Go on with the next route after this one matched."),
    opt("route", "updates", Kind::Table("route.updates"), Toml("{}"),
        "What is told of a story after its first alert; nothing by default (`docs/stories.md`)."),
    opt("route.updates", "outlets", Kind::Ints(1, 1000), Toml("[]"),
        "Tell when so many more independent outlets carry it: `5`, or `[5, 20]` for two updates. Wire copies do not count."),
    opt("route.updates", "languages", Kind::Bool, Toml("false"), "Tell the first report in each further language."),
    opt("route.updates", "corrections", Kind::Bool, Toml("false"),
        "Tell corrections: entries that call themselves one, and edits that change a number."),
];

impl Opt {
    /// The environment variable that sets it, for keys of the [`SETTINGS`] tables.
    pub fn variable(&self) -> Option<String> {
        SETTINGS
            .contains(&self.table)
            .then(|| format!("NEWSWATCH_{}_{}", self.table.to_uppercase(), self.key.to_uppercase()))
    }

    /// The names under which the key may be given.
    pub fn names(&self) -> Vec<String> {
        match self.kind {
            Kind::Secret => ["", "_file", "_credential"].map(|end| format!("{}{end}", self.key)).to_vec(),
            _ => vec![self.key.to_owned()],
        }
    }

    /// What the value must be, in words.
    pub fn expected(&self) -> String {
        self.kind.expected()
    }
}

impl Kind {
    /// What a value must be, in words: the end of "expected …".
    pub fn expected(&self) -> String {
        match self {
            Kind::Text(most) => format!("text of at most {most} characters on one line"),
            Kind::Lines => "text".to_owned(),
            Kind::Path => "a path".to_owned(),
            Kind::Url => "an http:// or https:// address".to_owned(),
            Kind::Id => {
                "an id of lower-case letters, digits, `-`, `_`, `.` (at most 100, a letter or digit first)"
                    .to_owned()
            }
            Kind::Int(least, most) => format!("a whole number from {least} to {most}"),
            Kind::Duration(least, most) => {
                format!("a duration from {least} to {most}, such as 30s, 5m, 4h, 7d")
            }
            Kind::Size(least, most) => format!("a size from {least} to {most}, such as 512KiB, 10MB"),
            Kind::Bool => "true or false".to_owned(),
            Kind::Choice(words) => one_of(words),
            Kind::Listen => "an address and port such as 127.0.0.1:8717, or off".to_owned(),
            Kind::Filter => "a level (error, warn, info, debug, trace) or a tracing filter".to_owned(),
            Kind::Ranges => "a list of address ranges such as [\"10.0.0.0/8\", \"fd00::/8\"]".to_owned(),
            Kind::Ports => "a list of ports from 1 to 65535".to_owned(),
            Kind::Texts => "a list of texts".to_owned(),
            Kind::Ids => "a list of ids".to_owned(),
            Kind::Lang => "a language tag such as en, de, zh".to_owned(),
            Kind::Langs => "a list of language tags such as [\"en\", \"zh\"]".to_owned(),
            Kind::Argv => "a program and its arguments such as [\"/usr/bin/notify\", \"--now\"]".to_owned(),
            Kind::Mailbox => "a mail address such as news@example.org or Name <news@example.org>".to_owned(),
            Kind::Mailboxes => "a list of mail addresses such as [\"me@example.org\"]".to_owned(),
            Kind::Secret => "text".to_owned(),
            Kind::Table(name) => {
                let keys: Vec<String> = table(name).map(|option| format!("`{}`", option.key)).collect();
                format!("a table with {}", keys.join(", "))
            }
            Kind::Ints(least, most) => {
                format!("a whole number from {least} to {most}, or a list of them such as [5, 20]")
            }
            Kind::Headers => {
                "a table of header names and values such as { Authorization = \"…\" }".to_owned()
            }
        }
    }
}

fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("one of {}", quoted.join(", "))
}

/// The keys of a table, in the order in which they are documented.
pub fn table(name: &str) -> impl Iterator<Item = &'static Opt> {
    OPTIONS.iter().filter(move |option| option.table == name)
}

/// One key of a table.
pub fn find(table: &str, key: &str) -> Option<&'static Opt> {
    OPTIONS.iter().find(|option| option.table == table && option.key == key)
}

/// The option a variable sets, and the key it stands for (`proxy_file` for the file of `proxy`).
pub fn by_variable(name: &str) -> Option<(&'static Opt, String)> {
    OPTIONS.iter().find_map(|option| {
        let stem = option.variable()?;
        let end = name.strip_prefix(&stem)?.to_lowercase();
        let key = format!("{}{end}", option.key);
        option.names().contains(&key).then_some((option, key))
    })
}

/// The tables of options, in the order in which they are documented.
pub fn tables() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = OPTIONS.iter().map(|option| option.table).collect();
    names.dedup();
    names
}

/// One table of options as Markdown: what docs/configuration.md shows, checked by a test.
pub fn reference(name: &str) -> String {
    let mut text = String::from("\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n");
    for option in table(name) {
        let default = match option.default {
            Required => "required".to_owned(),
            Unset => "none".to_owned(),
            Toml(value) => format!("`{value}`"),
            Computed(words) => words.to_owned(),
        };
        let expected = match option.kind {
            Kind::Secret => "a secret (see above)".to_owned(),
            kind => kind.expected(),
        };
        let row = [format!("`{}`", option.key), expected, default, option.doc.to_owned()];
        text.push_str(&format!("| {} |\n", row.map(|cell| cell.replace('|', "\\|")).join(" | ")));
    }
    text.push('\n');
    text
}
