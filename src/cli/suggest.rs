//! `topics suggest`: the terms that would separate useful hits from noise.

use super::Fail;
use super::output::{Printer, cut};
use crate::app::App;
use crate::desk::topic::suggest::{Separator, Suggestions};
use crate::model::{Mark, TopicId};

/// Answers from the marked hits of a topic.
///
/// # Errors
/// Status 2 for an unknown topic, 1 when the store fails.
pub async fn run(
    app: &App,
    topic: &TopicId,
    limit: usize,
    json: bool,
    printer: &mut Printer,
) -> Result<(), Fail> {
    let found = app.suggest(topic, limit).await?;
    let configured = app.config.topics.iter().any(|known| known.id == *topic);
    if !configured && found.useful + found.noise == 0 {
        return Err(Fail::usage(format!("there is no topic {topic}; `topics list` names them")));
    }
    if json {
        return Ok(printer.json(&found)?);
    }
    let Suggestions { useful, noise, terms } = &found;
    printer.line(format!("{topic}: {useful} stories marked useful, {noise} marked noise"))?;
    if *useful == 0 || *noise == 0 {
        return Ok(
            printer.line("mark hits of both kinds first: `hits mark ID useful`, `hits mark ID noise`")?
        );
    }
    let row = |term: &Separator| {
        let advice = match term.speaks_for {
            Mark::Noise => format!(
                "AND NOT {} spares {} of {noise}, costs {} of {useful}",
                term.term, term.noise, term.useful
            ),
            Mark::Useful => format!(
                "AND {} keeps {} of {useful}, spares {} of {noise}",
                term.term,
                term.useful,
                noise - term.noise
            ),
        };
        let strength = format!("{:+.1}", term.log_odds);
        vec![
            term.speaks_for.name().to_owned(),
            cut(&term.term, 60),
            strength,
            format!("{:.1}", term.z.abs()),
            advice,
        ]
    };
    let rows = terms.iter().map(row).collect();
    let heads = ["speaks for", "term", "log odds", "sigma", "in the query"];
    Ok(printer.table(&heads, rows, "no term separates them clearly; mark more hits")?)
}
