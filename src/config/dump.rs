//! The effective configuration as TOML, secrets masked.

use super::options::{PRIORITIES, RECEIVERS, SMTP_TLS, SOURCES};
use super::*;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value, value};

/// Writes every effective value. What it writes loads again, apart from the secrets, which are `***`, and from
/// `include` and `opml`, whose contents are written out.
pub fn dump(config: &Config) -> String {
    let mut document = DocumentMut::new();
    document["store"] = store(&config.store);
    document["net"] = net(&config.net);
    document["intake"] = intake(&config.intake);
    document["desk"] = table([("window", span(config.desk.window)), ("batch", count(config.desk.batch))]);
    document["embeddings"] = embeddings(&config.embeddings);
    document["alert"] = alert(&config.alert);
    document["http"] = http(&config.http);
    document["log"] = table([("level", text(&config.log.level))]);
    if !config.terms.is_empty() {
        document["terms"] = table(config.terms.iter().map(|list| (list.name.as_str(), texts(&list.terms))));
    }
    list(&mut document, "feed", config.feeds.iter().map(feed));
    list(&mut document, "topic", config.topics.iter().map(topic));
    list(&mut document, "sample", config.samples.iter().map(sample));
    list(&mut document, "receiver", config.receivers.iter().map(receiver));
    list(&mut document, "route", config.routes.iter().map(route));
    document.to_string()
}

type Pair<'a> = (&'a str, Option<Value>);

fn store(store: &StoreConfig) -> Item {
    table([
        ("path", text(&store.path.to_string_lossy())),
        ("keep_bodies", span(store.keep_bodies)),
        ("keep_records", span(store.keep_records)),
    ])
}

fn net(net: &NetConfig) -> Item {
    let ports: Array = net.allow_ports.iter().map(|port| i64::from(*port)).collect();
    table([
        ("allow_addresses", texts(&net.allow_addresses)),
        ("allow_ports", Some(ports.into())),
        ("contact", text(&net.contact)),
        ("proxy", net.proxy.as_ref().and_then(|_| text(MASK))),
    ])
}

fn intake(intake: &IntakeConfig) -> Item {
    table([
        ("interval", span(intake.interval)),
        ("min_interval", span(intake.min_interval)),
        ("max_interval", span(intake.max_interval)),
        ("requests_per_minute", intake.requests_per_minute.and_then(|limit| count(limit as usize))),
        ("concurrency", count(intake.concurrency)),
        ("host_spacing", span(intake.host_spacing)),
        ("timeout", span(intake.timeout)),
        ("connect_timeout", span(intake.connect_timeout)),
        ("max_body", text(&format_size(intake.max_body))),
        ("max_redirects", count(intake.max_redirects)),
        ("max_entries", count(intake.max_entries)),
    ])
}

fn embeddings(embeddings: &EmbeddingsConfig) -> Item {
    let percent = (embeddings.threshold * 100.0).round() as i64;
    table([
        ("model", embeddings.model.as_ref().and_then(|path| text(&path.to_string_lossy()))),
        ("endpoint", embeddings.endpoint.as_ref().and_then(|url| text(&mask_url(url)))),
        ("endpoint_model", text(&embeddings.endpoint_model)),
        ("endpoint_key", embeddings.endpoint_key.as_ref().and_then(|_| text(MASK))),
        ("timeout", span(embeddings.timeout)),
        ("threshold", Some(percent.into())),
    ])
}

fn alert(alert: &AlertConfig) -> Item {
    table([
        ("concurrency", count(alert.concurrency)),
        ("timeout", span(alert.timeout)),
        ("retry_first", span(alert.retry_first)),
        ("retry_max", span(alert.retry_max)),
        ("give_up", span(alert.give_up)),
    ])
}

fn http(http: &HttpConfig) -> Item {
    let listen = http.listen.map_or_else(|| "off".to_owned(), |address| address.to_string());
    table([
        ("listen", text(&listen)),
        ("public_url", http.public_url.as_ref().and_then(|url| text(&mask_url(url)))),
    ])
}

fn feed(feed: &FeedConfig) -> Table {
    rows([
        ("id", text(feed.id.as_str())),
        ("url", text(&mask_url(&feed.url))),
        ("title", feed.title.as_deref().and_then(text)),
        ("tags", texts(&feed.tags)),
        ("lang", feed.lang.as_deref().and_then(text)),
        ("publisher", feed.publisher.as_deref().and_then(text)),
        ("interval", feed.interval.and_then(span)),
        ("headers", headers(&feed.headers)),
        ("full_text", feed.full_text.then_some(true.into())),
    ])
}

fn topic(topic: &TopicConfig) -> Table {
    rows([
        ("id", text(topic.id.as_str())),
        ("title", text(&topic.title)),
        ("description", topic.description.as_deref().and_then(text)),
        ("priority", word(PRIORITIES, topic.priority as usize)),
        ("query", text(&topic.query)),
    ])
}

fn sample(sample: &Sample) -> Table {
    rows([
        ("topic", text(sample.topic.as_str())),
        ("title", text(&sample.title)),
        ("text", text(&sample.text)),
        ("lang", sample.lang.as_deref().and_then(text)),
        ("match", Some(sample.matches.into())),
    ])
}

fn receiver(receiver: &ReceiverConfig) -> Table {
    let kind = match &receiver.kind {
        ReceiverKind::Log => 0,
        ReceiverKind::Command { .. } => 1,
        ReceiverKind::Webhook { .. } => 2,
        ReceiverKind::Email(_) => 3,
    };
    let mut pairs = vec![("name", text(receiver.name.as_str())), ("kind", word(RECEIVERS, kind))];
    match &receiver.kind {
        ReceiverKind::Log => {}
        ReceiverKind::Command { argv } => pairs.push(("argv", texts(argv))),
        ReceiverKind::Webhook { url, secret, headers: extra } => pairs.extend([
            ("url", text(&mask_webhook(url.expose()))),
            ("secret", secret.as_ref().and_then(|_| text(MASK))),
            ("headers", headers(extra)),
        ]),
        ReceiverKind::Email(config) => pairs.extend(email(config)),
    }
    rows(pairs)
}

fn email(email: &EmailConfig) -> [Pair<'static>; 8] {
    [
        ("host", text(&email.host)),
        ("port", Some(i64::from(email.port).into())),
        ("tls", word(SMTP_TLS, email.tls as usize)),
        ("ca_file", email.ca_file.as_ref().and_then(|path| text(&path.to_string_lossy()))),
        ("username", email.username.as_deref().and_then(text)),
        ("password", email.password.as_ref().and_then(|_| text(MASK))),
        ("from", text(&email.from)),
        ("to", texts(&email.to)),
    ]
}

fn route(route: &RouteConfig) -> Table {
    rows([
        ("source", word(SOURCES, route.source as usize)),
        ("topics", texts(&route.topics)),
        ("min_priority", route.min_priority.and_then(|priority| word(PRIORITIES, priority as usize))),
        ("feeds", texts(&route.feeds)),
        ("tags", texts(&route.tags)),
        ("langs", texts(&route.langs)),
        ("when", route.when.as_ref().map(|condition| condition.query.as_str().into())),
        ("to", texts(&route.to)),
        ("continue", Some(route.continues.into())),
        ("updates", updates(&route.updates)),
    ])
}

fn updates(policy: &UpdatePolicy) -> Option<Value> {
    let outlets: Array = policy.outlets.iter().map(|number| i64::from(*number)).collect();
    let table: InlineTable = [
        ("outlets", Value::from(outlets)),
        ("languages", policy.languages.into()),
        ("corrections", policy.corrections.into()),
    ]
    .into_iter()
    .collect();
    policy.any().then_some(table.into())
}

fn headers(headers: &[(String, Secret)]) -> Option<Value> {
    let table: InlineTable = headers.iter().map(|(name, _)| (name.as_str(), Value::from(MASK))).collect();
    (!table.is_empty()).then_some(table.into())
}

fn text(text: &str) -> Option<Value> {
    Some(text.into())
}

fn texts<T: ToString>(list: &[T]) -> Option<Value> {
    let array: Array = list.iter().map(ToString::to_string).collect();
    Some(array.into())
}

fn span(span: std::time::Duration) -> Option<Value> {
    Some(format_duration(span).into())
}

fn count(count: usize) -> Option<Value> {
    Some(i64::try_from(count).unwrap_or(i64::MAX).into())
}

fn word(words: &[&str], index: usize) -> Option<Value> {
    words.get(index).map(|word| (*word).into())
}

fn rows<'a>(pairs: impl IntoIterator<Item = Pair<'a>>) -> Table {
    let mut table = Table::new();
    for (key, found) in pairs {
        if let Some(found) = found {
            table[key] = value(found);
        }
    }
    table
}

fn table<'a>(pairs: impl IntoIterator<Item = Pair<'a>>) -> Item {
    Item::Table(rows(pairs))
}

fn list(document: &mut DocumentMut, key: &str, tables: impl Iterator<Item = Table>) {
    let tables: ArrayOfTables = tables.collect();
    if !tables.is_empty() {
        document[key] = Item::ArrayOfTables(tables);
    }
}
