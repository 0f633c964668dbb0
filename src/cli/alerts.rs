//! `alerts list|show|retry|test`.

use super::args::{AlertsCommand, Global};
use super::hits::{highlighted, narrow};
use super::output::{Printer, TITLE, cut};
use super::{Fail, reading, writing};
use crate::alert::route::priority_name;
use crate::app::App;
use crate::model::{AlertContent, AlertId, AlertOrigin, AlertView, Attempt, Delivery, DeliveryState, Field};
use crate::store::{AlertFilter, RetryWhich};

/// Runs an `alerts` command.
///
/// # Errors
/// What went wrong, for the exit status.
pub fn run(global: &Global, command: AlertsCommand, printer: &mut Printer) -> Result<(), Fail> {
    match command {
        AlertsCommand::List { topics, list, receiver, state, json } => reading(global, async |app| {
            super::notice_unknown(&app.config, &topics.topics, &list.feeds);
            let mut narrow = narrow(&list, printer)?;
            if let Some(query) = &list.text {
                narrow.text = super::narrowing(query, &app.config)?;
            }
            let alerts = app.alerts(AlertFilter { narrow, topics: topics.topics, receiver, state }).await?;
            rows(&alerts, json, printer)
        }),
        AlertsCommand::Show { id, json } => reading(global, async |app| {
            let (view, attempts) = app.alert(id).await?;
            let updates = app.updates_of(view.alert.id).await?;
            show(&view, &attempts, &updates, json, printer)
        }),
        AlertsCommand::Retry { id, delivery, all: _ } => writing(global, async |app| {
            let which = match (id, delivery) {
                (Some(alert), _) => RetryWhich::Alert(alert),
                (None, Some(delivery)) => RetryWhich::Delivery(delivery),
                (None, None) => RetryWhich::All,
            };
            retry(&app, which, printer).await
        }),
        AlertsCommand::Test { receiver } => super::run::test_receiver(global, &receiver, printer),
    }
}

async fn retry(app: &App, which: RetryWhich, printer: &mut Printer) -> Result<(), Fail> {
    match app.retry(which).await? {
        0 => Err(Fail::failed("there is no dead delivery to bring back")),
        1 => Ok(printer.line("1 delivery is due again; a running daemon sends it within seconds")?),
        count => Ok(printer
            .line(format!("{count} deliveries are due again; a running daemon sends them within seconds"))?),
    }
}

fn rows(alerts: &[AlertView], json: bool, printer: &mut Printer) -> Result<(), Fail> {
    if json {
        return Ok(printer.json(&alerts)?);
    }
    let row = |view: &AlertView| {
        let content = &view.alert.content;
        vec![
            view.alert.id.to_string(),
            printer.short_time(view.alert.at),
            content.topic.to_string(),
            if news(content) { content.story.to_string() } else { "-".to_owned() },
            match &content.update {
                Some(update) => update.kind.name().to_owned(),
                None if news(content) => "first".to_owned(),
                None => "-".to_owned(),
            },
            view.deliveries
                .iter()
                .map(|delivery| format!("{}: {}", delivery.receiver, state(delivery)))
                .collect::<Vec<_>>()
                .join(", "),
            cut(&content.title, TITLE),
        ]
    };
    let rows = alerts.iter().map(row).collect();
    printer.table(&["alert", "when", "topic", "story", "tells", "deliveries", "title"], rows, "no alerts")?;
    Ok(())
}

fn news(content: &AlertContent) -> bool {
    content.origin() == AlertOrigin::Hits
}

/// What a change of health, or a test, says: there is no page to read on.
fn behind_no_story(content: &AlertContent, printer: &mut Printer) -> Result<(), Fail> {
    printer.pair("priority", priority_name(content.priority))?;
    if let Some(since) = content.published.filter(|_| content.origin() == AlertOrigin::Health) {
        printer.pair("feed", content.feed.as_str())?;
        printer.pair("since", printer.time(since))?;
    }
    printer.line("")?;
    for line in content.body.lines() {
        printer.line(cut(line, 2_000))?;
    }
    Ok(())
}

/// Whether it is the first alert or an update, and what belongs to it.
fn tells(content: &AlertContent, updates: &[AlertId], printer: &mut Printer) -> Result<(), Fail> {
    let Some(update) = &content.update else {
        printer.pair("tells", "the story for the first time")?;
        let list: Vec<String> = updates.iter().map(ToString::to_string).collect();
        if !list.is_empty() {
            printer.pair("updates", format!("alert {}", list.join(", ")))?;
        }
        return Ok(());
    };
    printer.pair("tells", cut(&update.reason, 400))?;
    Ok(printer.pair("follows", format!("alert {}: {}", update.first, cut(&update.first_title, TITLE)))?)
}

fn state(delivery: &Delivery) -> String {
    match delivery.state {
        DeliveryState::Pending if delivery.attempts == 0 => "waiting".to_owned(),
        DeliveryState::Pending => format!("retrying after {} attempts", delivery.attempts),
        DeliveryState::Sent => "sent".to_owned(),
        DeliveryState::Dead => "dead".to_owned(),
    }
}

fn show(
    view: &AlertView,
    attempts: &[Attempt],
    updates: &[AlertId],
    json: bool,
    printer: &mut Printer,
) -> Result<(), Fail> {
    if json {
        let whole = serde_json::json!({ "alert": view, "attempts": attempts, "updates": updates });
        return Ok(printer.json(&whole)?);
    }
    let content = &view.alert.content;
    printer.line(highlighted(&content.title, &content.evidence, Field::Title))?;
    printer.line("")?;
    printer.pair("alert", view.alert.id.to_string())?;
    printer.pair("made", printer.time(view.alert.at))?;
    printer.pair("topic", format!("{} ({})", content.topic_title, content.topic))?;
    match news(content) {
        true => {
            printer.pair("story", content.story.to_string())?;
            tells(content, updates, printer)?;
            printer.pair("outlet", cut(content.publisher.as_deref().unwrap_or_default(), 200))?;
            printer.pair("link", cut(content.url.as_deref().unwrap_or_default(), 2_000))?;
        }
        false => behind_no_story(content, printer)?,
    }
    for delivery in &view.deliveries {
        printer.heading(&format!("To {}: {}", delivery.receiver, state(delivery)))?;
        printer.pair("delivery", delivery.id.to_string())?;
        printer.pair("key", &delivery.idempotency_key)?;
        if delivery.state == DeliveryState::Pending {
            printer.pair("next attempt", printer.time(delivery.next_attempt))?;
        }
        for attempt in attempts.iter().filter(|attempt| attempt.delivery == delivery.id) {
            let verdict = if attempt.ok { "ok" } else { "failed" };
            let line = format!(
                "{}  {verdict} in {} ms: {}",
                printer.short_time(attempt.at),
                attempt.duration_ms,
                cut(&attempt.message, 300)
            );
            printer.line(line)?;
        }
    }
    Ok(())
}
