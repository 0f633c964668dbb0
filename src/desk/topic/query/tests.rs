use super::*;
use crate::store::TextFilter;

fn first_error(query: &str) -> String {
    match parse(query) {
        Ok(_) => "fine".to_owned(),
        Err(errors) => {
            let error = &errors[0];
            format!("{}: {}", query.get(error.span.clone()).unwrap_or("?"), error)
        }
    }
}

/// A tree in brackets: operators first.
fn shape(expr: &Expr, text: &str) -> String {
    let many = |name: &str, parts: &[Expr]| {
        format!("({name} {})", parts.iter().map(|part| shape(part, text)).collect::<Vec<_>>().join(" "))
    };
    match &expr.kind {
        Kind::And(parts) => many("and", parts),
        Kind::Or(parts) => many("or", parts),
        Kind::Not(part) => format!("(not {})", shape(part, text)),
        Kind::Near(kind, left, right) => format!("({kind:?} {} {})", shape(left, text), shape(right, text)),
        Kind::Sentence(parts) => many("sentence", parts),
        Kind::AtLeast(count, parts) => many(&format!("atleast{count}"), parts),
        Kind::Score(threshold, parts) => {
            let parts: Vec<_> =
                parts.iter().map(|(part, weight)| format!("{}^{weight}", shape(part, text))).collect();
            format!("(score{threshold} {})", parts.join(" "))
        }
        Kind::In(fields, part) => format!("(in{} {})", fields.0, shape(part, text)),
        _ => text[expr.span.clone()].to_owned(),
    }
}

#[test]
fn trees() {
    let rows = [
        ("NOT binds tighter than AND, AND tighter than OR", "a OR b AND NOT c", "(or a (and b (not c)))"),
        ("NEAR binds tighter than NOT", "x AND NOT a NEAR/3 b", "(and x (not (Near(3) a b)))"),
        ("proximity chains from the left", "a BEFORE/2 b BEFORE/3 c", "(Before(3) (Before(2) a b) c)"),
        ("NOT NEAR stands between operands", "a NOT NEAR/5 (b OR c)", "(NotNear(5) a (or b c))"),
        ("a field takes one operand", "title:a AND b", "(and (in1 a) b)"),
        ("a field takes a group", "title:(a OR \"b c\")", "(in1 (or a \"b c\"))"),
        ("category is tag", "category:x OR tag:x", "(or (in16 x) (in16 x))"),
        ("side by side in functions", "SENTENCE(a b OR c)", "(sentence a (or b c))"),
        ("OR between counted operands says nothing", "ATLEAST/2(a OR b c)", "(atleast2 a b c)"),
        ("weights", "SCORE(a^3 \"b c\" d^-0.5) >= 2.5", "(score2.5 a^3 \"b c\"^1 d^-0.5)"),
        (
            "weights on groups and lists",
            "SCORE(@chips^2 (a AND b)^2 title:c^3)>=4",
            "(score4 @chips^2 (and a b)^2 (in1 c)^3)",
        ),
        ("slack", "\"a b\"~3 AND c", "(and \"a b\"~3 c)"),
        ("curly quotes", "“a b” OR „c d“", "(or “a b” „c d“)"),
        ("regular expressions with blanks and slashes", "/a b\\/c/i AND d", "(and /a b\\/c/i d)"),
        ("topics and lists", "topic:other-one AND @list.x", "(and topic:other-one @list.x)"),
        ("lower-case operators inside quotes are words", "\"and\" OR b", "(or \"and\" b)"),
    ];
    for (why, query, expected) in rows {
        let parsed = parse(query).unwrap_or_else(|errors| panic!("{why}: {errors:?}"));
        assert_eq!(shape(&parsed.root, query), expected, "{why}");
    }
}

#[test]
fn mistakes_name_the_place_and_a_way_out() {
    let rows = [
        ("", ": the query is empty (write at least one word)"),
        ("a AND", "AND: the query ends where an operand should follow"),
        ("a AND OR b", "OR: an operand is missing between two operators"),
        (
            "OR b",
            "OR: an operand is missing before this operator (to find the operator as a word, put it into quotes)",
        ),
        ("(a", "(: this parenthesis is never closed (add ))"),
        ("a)", "): this parenthesis was never opened (remove it)"),
        ("a AND ()", "(): this group is empty (remove it or write a term into it)"),
        ("\"a b", "\": this quote is never closed (add a closing \")"),
        (
            "chip export",
            "export: two operands stand side by side (write AND or OR between them, or put a phrase into quotes)",
        ),
        (
            "a and b",
            "and: `and` stands between operands as if it were an operator (write AND; to find the word, put it into quotes)",
        ),
        ("a NOT b", "NOT: NOT follows an operand (write AND NOT)"),
        ("a NAER b", "NAER: unknown operator `NAER` (did you mean NEAR/5?)"),
        ("a NAER/3 b", "NAER/3: unknown operator `NAER/3` (did you mean NEAR/5?)"),
        ("a NEAR b", "NEAR: unknown operator `NEAR` (write NEAR/5 with a number of words)"),
        ("a W/5 b", "W/5: unknown operator `W/5` (write NEAR/5 (any order) or BEFORE/5 (in order))"),
        ("a && b", "&&: unknown operator `&&` (write AND)"),
        ("a -b", "-: unknown operator `-` (write AND NOT b)"),
        ("a NEAR/5000 b", "NEAR/5000: NEAR reaches from 1 to 1000 words"),
        ("titel:a", "titel:: unknown field `titel` (did you mean title:?)"),
        (
            "NOT a",
            "NOT a: this matches every text that lacks the excluded words (say what must be found: a AND NOT b)",
        ),
        (
            "a OR NOT b",
            "a OR NOT b: this matches every text that lacks the excluded words (say what must be found: a AND NOT b)",
        ),
        ("*", "*: `*` matches everything (write at least two letters)"),
        (
            "*a*",
            "*a*: `*a*` matches nearly everything (a pattern needs two letters, or one at its beginning)",
        ),
        ("title:body:a", "title:body:a: unknown"),
        ("title:(body:a)", "(body:a): one field inside another can never match (name one field only)"),
        (
            "title:a NEAR/5 body:b",
            "body:b: NEAR never reaches from one field into another (use AND between fields)",
        ),
        (
            "(a AND b) NEAR/5 c",
            "(a AND b): AND has no place in the text that NEAR could measure from (use OR inside, or write a NEAR/5 b NEAR/5 c)",
        ),
        (
            "ATLEAST/3(a b)",
            "ATLEAST/3(a b): ATLEAST/3 of 2 operands can never match (operands stand side by side: ATLEAST/2(a b c))",
        ),
        ("ATLEAST/0(a b)", "ATLEAST/0(a b): ATLEAST/0 matches everything (ask for at least 1)"),
        ("SCORE(a b)", "SCORE: SCORE(…) needs a threshold (write SCORE(…) >= 3)"),
        (
            "SCORE(a b) >= 3",
            "SCORE(a b) >= 3: the weights add up to 2 at most: a score of 3 can never be reached (lower the threshold or raise the weights)",
        ),
        ("a^3 OR b", "^3: weights count only inside SCORE(…) (write SCORE(a^3 b) >= 3)"),
        ("/(a/", "/(a/: this regular expression is wrong: unclosed group"),
        ("/a*/", "/a*/: this regular expression is found in every text (ask for at least one character)"),
        ("/(x{1000}){1000}/", "/(x{1000}){1000}/: this regular expression is too large"),
        (
            "/a",
            "/: this regular expression is never closed (add a closing /, or put text that begins with / into quotes)",
        ),
        ("=BI*", "=BI*: = takes whole words (leave out = or the wildcard, or use /a regular expression/)"),
        ("– OR a", "–: `–` has no letter or digit (remove it)"),
        ("@ AND a", "@: @ needs the name of a term list (write @name)"),
    ];
    for (query, expected) in rows {
        if query == "title:body:a" {
            assert!(first_error(query).contains("never match"), "{}", first_error(query));
        } else {
            assert_eq!(first_error(query), expected, "{query}");
        }
    }
}

#[test]
fn sizes_and_depths_are_bounded() {
    let rows = [
        ("10,000 parentheses", "(".repeat(10_000), "nested more than 64 levels deep"),
        ("10,000 fields", "title:".repeat(10_000), "nested more than 64 levels deep"),
        ("10,000 NOTs", format!("a AND {}b", "NOT ".repeat(10_000)), "nested more than 64 levels deep"),
        ("a chain of proximities", vec!["a"; 1000].join(" NEAR/5 "), "nested more than 64 levels deep"),
        ("a megabyte", "a OR ".repeat(200_000) + "b", "the query is too large: 1000001 bytes"),
        ("60,000 terms", vec!["a"; 60_000].join(" OR "), "the query is too large: more than 50000 terms"),
        ("a long phrase", format!("\"{}\"", "a ".repeat(1000)), "a phrase has at most 64 words"),
    ];
    for (why, query, expected) in rows {
        let errors = parse(&query).expect_err(why);
        assert_eq!(errors[0].message, expected, "{why}");
    }
    let deep = format!("{}a{}", "(".repeat(60), ")".repeat(60));
    assert!(parse(&deep).is_ok());
}

#[test]
fn warnings_point_at_terms() {
    let rows = [
        (
            "ki AND reise",
            vec!["ki: the two-letter word ki means many things (write =KI to ask for this spelling only)"],
        ),
        ("=KI OR lang:de AND \"a b\"", vec![]),
        (
            "chips OR chip*",
            vec!["chips: chips finds nothing that chip* beside it does not find (remove one of them)"],
        ),
        (
            "export OR \"export ban\"",
            vec![
                "\"export ban\": \"export ban\" finds nothing that export beside it does not find (remove one of them)",
            ],
        ),
        (
            "chip OR CHIP",
            vec!["CHIP: CHIP finds nothing that chip beside it does not find (remove one of them)"],
        ),
        ("chip AND chip*", vec![]),
    ];
    for (query, expected) in rows {
        let warnings = parse(query).unwrap().warnings();
        let told: Vec<_> =
            warnings.iter().map(|warning| format!("{}: {warning}", &query[warning.span.clone()])).collect();
        assert_eq!(told, expected, "{query}");
    }
}

struct Known;

impl Names for Known {
    fn terms(&self, list: &str) -> Option<&[String]> {
        static LISTS: std::sync::LazyLock<[Vec<String>; 3]> = std::sync::LazyLock::new(|| {
            [&["chip*", "\"graphics card\""][..], &["@chips", "wafer"], &["@circle"]]
                .map(|terms| terms.iter().map(|term| (*term).to_owned()).collect())
        });
        let at = ["chips", "more", "circle"].iter().position(|known| *known == list)?;
        Some(&LISTS[at])
    }

    fn query(&self, topic: &str) -> Option<&str> {
        (topic == "other").then_some("title:a AND topic:other")
    }
}

fn filter(query: &str) -> String {
    text_filter(&parse(query).unwrap(), &Known).map_or("any".to_owned(), |filter| show(&filter))
}

fn show(filter: &TextFilter) -> String {
    let many = |name: &str, parts: &[TextFilter]| {
        format!("{name}({})", parts.iter().map(show).collect::<Vec<_>>().join(" "))
    };
    match filter {
        TextFilter::Phrase { tokens, prefix, title_only } => {
            let star = if *prefix { "*" } else { "" };
            format!("{}{}{star}", if *title_only { "t:" } else { "" }, tokens.join("+"))
        }
        TextFilter::And(parts) => many("and", parts),
        TextFilter::Or(parts) => many("or", parts),
        TextFilter::Not(left, right) => format!("not({} {})", show(left), show(right)),
    }
}

#[test]
fn full_text_conditions() {
    let rows = [
        ("\"Export Control\" AND chip*", "and(export+control chip*)"),
        ("出口管制", "出+口+管+制"),
        ("a OR *kontrolle", "any"),
        ("a AND *kontrolle", "a"),
        ("a AND NOT b", "a"),
        ("title:(a OR b)", "or(t:a t:b)"),
        ("feed:reuters AND a", "a"),
        ("Müller", "or(muller mueller)"),
        ("\"der Müller geht\"", "and(or(der+muller der+mueller) geht)"),
        ("\"a b\"~3", "and(a b)"),
        ("\"rät * ab\"", "and(or(rat raet) ab)"),
        ("a NEAR/5 (b OR c)", "and(a or(b c))"),
        ("a NOT NEAR/5 b", "a"),
        ("@chips", "or(chip* graphics+card)"),
        ("title:@more AND x", "and(or(or(t:chip* t:graphics+card) t:wafer) x)"),
        ("ATLEAST/2(@chips)", "or(chip* graphics+card)"),
        ("@circle", "any"),
        ("@unknown AND a", "a"),
        ("ATLEAST/2(a b c)", "or(a b c)"),
        ("SCORE(a^3 b^-1) >= 2", "a"),
        ("=BIS", "bis"),
        ("/a+/", "any"),
    ];
    for (query, expected) in rows {
        assert_eq!(filter(query), expected, "{query}");
    }
}

#[test]
fn hostile_text_gives_errors_on_character_boundaries() {
    let alphabet: Vec<char> = "ab \"()*?:/@^~=>“„ü出\u{AD}\u{202E}\u{301}-+&|.39".chars().collect();
    let words = [
        "AND ",
        "OR ",
        "NOT ",
        "NEAR/3 ",
        "BEFORE/2 ",
        "SENTENCE(",
        "ATLEAST/1(",
        "SCORE(",
        "title:",
        ">= 2",
    ];
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..30_000 {
        let mut query = String::new();
        for _ in 0..random.usize(..14) {
            match random.bool() {
                true => query.push(alphabet[random.usize(..alphabet.len())]),
                false => query.push_str(words[random.usize(..words.len())]),
            }
        }
        match parse(&query) {
            Ok(parsed) => drop((parsed.warnings(), text_filter(&parsed, &()))),
            Err(errors) => {
                for error in &errors {
                    assert!(query.get(error.span.clone()).is_some(), "{query:?} {error:?}");
                    render_error(&query, error, "f", 1, 1);
                }
            }
        }
    }
}

#[test]
fn the_manual_and_the_page_in_docs_say_the_same() {
    let manual = include_str!("mod.rs").lines().map_while(|line| line.strip_prefix("//!"));
    let page = include_str!("../../../../docs/query-language.md");
    for line in manual.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        assert!(page.contains(line), "docs/query-language.md lacks: {line}");
    }
}

#[test]
fn examples_of_the_page_are_queries() {
    let page = include_str!("../../../../docs/query-language.md");
    let blocks: Vec<&str> =
        page.split("```").skip(1).step_by(2).filter(|block| !block.contains("error:")).collect();
    assert!(blocks.len() >= 2);
    for block in blocks {
        assert!(parse(block).is_ok(), "{block}: {:?}", parse(block).err());
    }
}
