//! Mistakes that show only in the whole tree: queries that match everything or nothing, and operands that an
//! operator cannot take.

use super::error::QueryError;
use super::{Expr, Fields, Kind, Nearness};

/// All mistakes of a tree, in the order of the text.
pub(crate) fn mistakes(root: &Expr) -> Vec<QueryError> {
    let mut found = Vec::new();
    walk(root, None, &mut found);
    if found.is_empty() && true_of_nothing(root) {
        found.push(
            QueryError::new(root.span.clone(), "this matches every text that lacks the excluded words")
                .help("say what must be found: a AND NOT b"),
        );
    }
    found
}

fn walk(expr: &Expr, fields: Option<Fields>, found: &mut Vec<QueryError>) {
    match &expr.kind {
        Kind::In(inner, part) => {
            let both = fields.map_or(*inner, |outer| Fields(outer.0 & inner.0));
            if both.0 == 0 {
                found.push(
                    never(expr, "one field inside another can never match").help("name one field only"),
                );
                return;
            }
            walk(part, Some(both), found);
        }
        Kind::Near(nearness, left, right) => near(*nearness, [left, right], fields, found),
        Kind::Sentence(parts) => sentence(expr, parts, found),
        Kind::AtLeast(count, parts) => at_least(expr, *count, parts, found),
        Kind::Score(threshold, parts) => score(expr, *threshold, parts, found),
        Kind::Topic(_) if fields.is_some() => found.push(
            never(expr, "a field cannot narrow another topic").help("write the field inside that topic"),
        ),
        _ => {}
    }
    if !matches!(expr.kind, Kind::In(..)) {
        children(expr).for_each(|part| walk(part, fields, found));
    }
}

/// The operands of a node.
pub(crate) fn children(expr: &Expr) -> Box<dyn Iterator<Item = &Expr> + '_> {
    match &expr.kind {
        Kind::Term(_) | Kind::Regex { .. } | Kind::List(_) | Kind::Topic(_) => Box::new(std::iter::empty()),
        Kind::And(parts) | Kind::Or(parts) | Kind::Sentence(parts) | Kind::AtLeast(_, parts) => {
            Box::new(parts.iter())
        }
        Kind::Not(part) | Kind::In(_, part) => Box::new(std::iter::once(&**part)),
        Kind::Near(_, left, right) => Box::new([&**left, &**right].into_iter()),
        Kind::Score(_, parts) => Box::new(parts.iter().map(|(part, _)| part)),
    }
}

fn never(expr: &Expr, message: impl Into<String>) -> QueryError {
    QueryError::new(expr.span.clone(), message)
}

fn near(nearness: Nearness, sides: [&Expr; 2], fields: Option<Fields>, found: &mut Vec<QueryError>) {
    let before = found.len();
    sides.iter().for_each(|side| placed(side, operator(nearness), found));
    let [left, right] = sides.map(|side| reach(side, fields));
    if found.len() == before && left & right == 0 {
        found.push(
            never(sides[1], format!("{} never reaches from one field into another", operator(nearness)))
                .help("use AND between fields"),
        );
    }
}

fn operator(nearness: Nearness) -> &'static str {
    match nearness {
        Nearness::Near(_) => "NEAR",
        Nearness::Before(_) => "BEFORE",
        Nearness::NotNear(_) => "NOT NEAR",
    }
}

/// The fields in which an operand can be found.
fn reach(expr: &Expr, fields: Option<Fields>) -> u8 {
    match &expr.kind {
        Kind::In(inner, part) => reach(part, Some(fields.map_or(*inner, |outer| Fields(outer.0 & inner.0)))),
        Kind::Or(parts) => parts.iter().fold(0, |all, part| all | reach(part, fields)),
        Kind::Near(_, left, right) => reach(left, fields) & reach(right, fields),
        _ => fields.unwrap_or(Fields::TEXT).0,
    }
}

/// Operands of proximity must have places in the text.
fn placed(expr: &Expr, operator: &str, found: &mut Vec<QueryError>) {
    match &expr.kind {
        Kind::Term(_) | Kind::List(_) | Kind::Near(..) => {}
        Kind::In(_, part) => placed(part, operator, found),
        Kind::Or(parts) => parts.iter().for_each(|part| placed(part, operator, found)),
        Kind::And(_) => found.push(
            never(expr, format!("AND has no place in the text that {operator} could measure from"))
                .help("use OR inside, or write a NEAR/5 b NEAR/5 c"),
        ),
        _ => found.push(
            never(expr, format!("this has no place in the text that {operator} could measure from"))
                .help("words, phrases, lists, OR and other proximities can stand here"),
        ),
    }
}

fn sentence(expr: &Expr, parts: &[Expr], found: &mut Vec<QueryError>) {
    parts.iter().for_each(|part| in_sentence(part, found));
    if parts.iter().all(true_of_nothing) {
        found.push(never(expr, "this is true of nearly every sentence").help("say what must be found"));
    }
}

fn in_sentence(expr: &Expr, found: &mut Vec<QueryError>) {
    match &expr.kind {
        Kind::Term(_) | Kind::List(_) | Kind::Near(..) => {}
        Kind::And(_) | Kind::Or(_) | Kind::Not(_) | Kind::In(..) => {
            children(expr).for_each(|part| in_sentence(part, found));
        }
        _ => found.push(
            never(expr, "this has no place in a sentence")
                .help("words, phrases, lists, AND, OR, NOT and proximities can stand inside SENTENCE"),
        ),
    }
}

fn at_least(expr: &Expr, count: u32, parts: &[Expr], found: &mut Vec<QueryError>) {
    let single_list = matches!(parts, [Expr { kind: Kind::List(_), .. }]);
    if count == 0 {
        found.push(never(expr, "ATLEAST/0 matches everything").help("ask for at least 1"));
    } else if count as usize > parts.len() && !single_list {
        let message = format!("ATLEAST/{count} of {} operands can never match", parts.len());
        found.push(never(expr, message).help("operands stand side by side: ATLEAST/2(a b c)"));
    }
}

fn score(expr: &Expr, threshold: f64, parts: &[(Expr, f64)], found: &mut Vec<QueryError>) {
    let most: f64 = parts.iter().map(|(_, weight)| weight.max(0.0)).sum();
    if threshold > most {
        found.push(
            never(
                expr,
                format!("the weights add up to {most} at most: a score of {threshold} can never be reached"),
            )
            .help("lower the threshold or raise the weights"),
        );
    } else if threshold <= 0.0 {
        found.push(never(expr, "a score of 0 or less is reached by every text").help("ask for more than 0"));
    }
}

/// Whether a query is true of an empty text, and so of nearly all texts.
pub(super) fn true_of_nothing(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::And(parts) => parts.iter().all(true_of_nothing),
        Kind::Or(parts) => parts.iter().any(true_of_nothing),
        Kind::Not(part) => !true_of_nothing(part),
        Kind::In(_, part) => true_of_nothing(part),
        Kind::AtLeast(count, parts) => {
            parts.iter().filter(|part| true_of_nothing(part)).count() >= *count as usize
        }
        Kind::Score(threshold, parts) => {
            let sum: f64 =
                parts.iter().filter(|(part, _)| true_of_nothing(part)).map(|(_, weight)| weight).sum();
            sum >= *threshold
        }
        _ => false,
    }
}
