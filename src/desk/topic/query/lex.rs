//! A query as a row of lexemes with their places.

use super::error::QueryError;
use std::ops::Range;

/// One lexeme.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lexeme<'q> {
    Open,
    Close,
    /// Text between quotes; whether `=` stands before it.
    Quoted {
        text: &'q str,
        exact: bool,
        slop: Option<u32>,
    },
    /// A bare word (not an operator): a term, with `=` taken off.
    Word {
        text: &'q str,
        exact: bool,
    },
    /// `name:`
    Field(&'q str),
    /// `/pattern/`
    Regex {
        pattern: &'q str,
        ignore_case: bool,
    },
    /// `@name`
    List(&'q str),
    /// `^3`
    Weight(f64),
    /// `>=` and a number.
    Threshold(f64),
    And,
    Or,
    Not,
    /// `NEAR/5`, `BEFORE/5`, `ATLEAST/2` (name and number).
    Counted(&'q str, u32),
    /// `SENTENCE` or `SCORE` before an opening parenthesis.
    Function(&'q str),
}

pub(super) type Placed<'q> = (Lexeme<'q>, Range<usize>);

pub(super) struct Lexer<'q> {
    query: &'q str,
    at: usize,
}

const OPENING: [char; 4] = ['"', '“', '”', '„'];

impl<'q> Lexer<'q> {
    pub(super) fn new(query: &'q str) -> Self {
        Self { query, at: 0 }
    }

    /// All lexemes, or the first mistake.
    pub(super) fn all(mut self) -> Result<Vec<Placed<'q>>, QueryError> {
        let mut found = Vec::new();
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(is_blank).len();
            if self.at == self.query.len() {
                return Ok(found);
            }
            let start = self.at;
            let lexeme = self.next()?;
            found.push((lexeme, start..self.at));
        }
    }

    fn rest(&self) -> &'q str {
        &self.query[self.at..]
    }

    fn next(&mut self) -> Result<Lexeme<'q>, QueryError> {
        let rest = self.rest();
        let first = rest.chars().next().unwrap_or(' ');
        match first {
            '(' => Ok(self.take(1, Lexeme::Open)),
            ')' => Ok(self.take(1, Lexeme::Close)),
            '/' => self.regex(),
            '@' => self.list(),
            '^' => self.number(1, "a weight", "write a number after ^, for example ^3").map(Lexeme::Weight),
            '>' if rest.starts_with(">=") => self
                .number(2, "a threshold", "write a number after >=, for example >= 3")
                .map(Lexeme::Threshold),
            '=' if rest[1..].starts_with(OPENING) => self.quoted(true),
            _ if OPENING.contains(&first) => self.quoted(false),
            _ => self.word(),
        }
    }

    fn take(&mut self, bytes: usize, lexeme: Lexeme<'q>) -> Lexeme<'q> {
        self.at += bytes;
        lexeme
    }

    fn quoted(&mut self, exact: bool) -> Result<Lexeme<'q>, QueryError> {
        let start = self.at;
        let open = self.rest().find(OPENING).unwrap_or(0);
        let mark = self.rest()[open..].chars().next().unwrap_or('"');
        let open = open + mark.len_utf8();
        let inside = &self.rest()[open..];
        let Some(close) = inside.find(closing(mark)) else {
            return Err(
                QueryError::new(start..start + open, "this quote is never closed").help("add a closing \"")
            );
        };
        self.at += open + close + inside[close..].chars().next().map_or(1, char::len_utf8);
        let slop = self.slop()?;
        Ok(Lexeme::Quoted { text: &inside[..close], exact, slop })
    }

    fn slop(&mut self) -> Result<Option<u32>, QueryError> {
        if !self.rest().starts_with('~') {
            return Ok(None);
        }
        let digits = digits(&self.rest()[1..]);
        let span = self.at..self.at + 1 + digits;
        let slop = self.query[span.start + 1..span.end].parse();
        self.at = span.end;
        slop.map(Some).map_err(|_| {
            QueryError::new(span, "the slack of a phrase is a number")
                .help("write \"…\"~ and how far words may shift: \"…\"~3")
        })
    }

    fn regex(&mut self) -> Result<Lexeme<'q>, QueryError> {
        let start = self.at;
        let body = &self.rest()[1..];
        let mut escaped = false;
        let close = body.find(|c| {
            let ends = c == '/' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let Some(close) = close else {
            return Err(QueryError::new(start..start + 1, "this regular expression is never closed")
                .help("add a closing /, or put text that begins with / into quotes"));
        };
        self.at += close + 2;
        let ignore_case = self.rest().starts_with('i');
        self.at += usize::from(ignore_case);
        Ok(Lexeme::Regex { pattern: &body[..close], ignore_case })
    }

    fn list(&mut self) -> Result<Lexeme<'q>, QueryError> {
        let start = self.at;
        let name = &self.rest()[1..];
        let name = &name[..name.find(|c: char| !is_name(c)).unwrap_or(name.len())];
        self.at += 1 + name.len();
        if name.is_empty() {
            return Err(
                QueryError::new(start..self.at, "@ needs the name of a term list").help("write @name")
            );
        }
        Ok(Lexeme::List(name))
    }

    fn number(&mut self, skip: usize, what: &str, help: &str) -> Result<f64, QueryError> {
        let start = self.at;
        self.at += skip;
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_blank).len();
        let rest = self.rest();
        let sign = usize::from(rest.starts_with('-'));
        let length =
            sign + rest[sign..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len() - sign);
        self.at += length;
        let number =
            rest[..length].parse::<f64>().ok().filter(|number| number.is_finite() && number.abs() <= 1e9);
        number.ok_or_else(|| QueryError::new(start..self.at, format!("{what} must be a number")).help(help))
    }

    /// A bare word, an operator, or a field name.
    fn word(&mut self) -> Result<Lexeme<'q>, QueryError> {
        let rest = self.rest();
        let exact = rest.starts_with('=');
        let body = &rest[usize::from(exact)..];
        let length = body.find(ends_word).unwrap_or(body.len());
        let text = &body[..length];
        let start = self.at;
        self.at += usize::from(exact) + length;
        if text.is_empty() {
            return Err(self.stray(start, rest));
        }
        if !exact && self.rest().starts_with(':') {
            self.at += 1;
            return Ok(Lexeme::Field(text));
        }
        if exact { Ok(Lexeme::Word { text, exact }) } else { self.bare(text, start) }
    }

    fn stray(&mut self, start: usize, rest: &str) -> QueryError {
        let stray = rest.chars().next().unwrap_or(' ');
        self.at = start + stray.len_utf8();
        QueryError::new(start..self.at, format!("`{stray}` has nothing to belong to"))
            .help("put punctuation into quotes")
    }

    fn bare(&mut self, text: &'q str, start: usize) -> Result<Lexeme<'q>, QueryError> {
        let span = start..self.at;
        match text {
            "AND" => return Ok(Lexeme::And),
            "OR" => return Ok(Lexeme::Or),
            "NOT" => return Ok(Lexeme::Not),
            "SENTENCE" | "SCORE" if self.opens() => return Ok(Lexeme::Function(text)),
            _ => {}
        }
        if let Some(error) = foreign_operator(text, span.clone()) {
            return Err(error);
        }
        let Some((name, count)) = text.split_once('/') else {
            return Ok(Lexeme::Word { text, exact: false });
        };
        match (name, count.parse()) {
            ("NEAR" | "BEFORE" | "ATLEAST", Ok(count)) => Ok(Lexeme::Counted(name, count)),
            ("NEAR" | "BEFORE" | "ATLEAST", Err(_)) => {
                Err(QueryError::new(span, format!("{name}/ needs a number")).help(format!("write {name}/5")))
            }
            _ => Ok(Lexeme::Word { text, exact: false }),
        }
    }

    fn opens(&self) -> bool {
        self.rest().trim_start_matches(is_blank).starts_with('(')
    }
}

/// Operators of other languages, refused with what to write here.
fn foreign_operator(text: &str, span: Range<usize>) -> Option<QueryError> {
    let (name, count) = text.split_once('/').unwrap_or((text, ""));
    let number = if count.is_empty() { "5" } else { count };
    let help = match name {
        "&&" | "&" => "write AND".to_owned(),
        "||" | "|" => "write OR".to_owned(),
        "!" | "-" => "write NOT".to_owned(),
        "NEAR" | "BEFORE" | "ATLEAST" if count.is_empty() => format!("write {name}/5 with a number of words"),
        "W" | "WITHIN" | "ADJ" | "ONEAR" | "PRE" if !count.is_empty() => {
            format!("write NEAR/{number} (any order) or BEFORE/{number} (in order)")
        }
        "NOTNEAR" => format!("write NOT NEAR/{number}"),
        "ANDNOT" => "write AND NOT".to_owned(),
        "XOR" => "write (a OR b) AND NOT (a AND b)".to_owned(),
        _ => return prefixed(text, span),
    };
    Some(QueryError::new(span, format!("unknown operator `{text}`")).help(help))
}

/// `-word`, `+word` and `!word` of other languages.
fn prefixed(text: &str, span: Range<usize>) -> Option<QueryError> {
    let sign = text.chars().next().filter(|sign| ['-', '+', '!'].contains(sign))?;
    let word = text[1..].trim_start_matches(sign);
    let help = if sign == '+' { format!("write AND {word}") } else { format!("write AND NOT {word}") };
    Some(QueryError::new(span.start..span.start + 1, format!("unknown operator `{sign}`")).help(help))
}

/// What closes a quote: straight quotes each other, curly ones their partner (also the German one).
fn closing(open: char) -> &'static [char] {
    match open {
        '"' => &['"'],
        '„' => &['“', '”'],
        _ => &['”'],
    }
}

fn ends_word(c: char) -> bool {
    is_blank(c) || matches!(c, '(' | ')' | ':' | '^' | '>') || OPENING.contains(&c)
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{FEFF}'
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.')
}

fn digits(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())
}
