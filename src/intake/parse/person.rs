//! Takes people apart as RSS names them: `a@b.org (Name)`, `Name <a@b.org>`, `Name (a@b.org)`, `a@b.org`, `Name`.

use crate::model::Person;

/// The person a line names; `None` for an empty line.
pub fn parse(text: &str) -> Option<Person> {
    let text = text.trim();
    let Some(address) = address(text) else {
        return named(text).map(|name| Person { name: Some(name), ..Person::default() });
    };
    let rest = text.replacen(address, " ", 1);
    let email = address.strip_prefix("mailto:").unwrap_or(address).to_owned();
    Some(Person { name: named(&rest), email: Some(email), uri: None })
}

/// The word that is an e-mail address, without brackets and signs around it.
fn address(text: &str) -> Option<&str> {
    if !text.contains('@') {
        return None;
    }
    text.split(|c: char| c.is_whitespace() || "()<>[]（）＜＞【】,;\"".contains(c)).find(|word| {
        word.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty() && host.contains('.') && !host.contains('@') && word.bytes().all(|b| b > 0x20)
        }) && word.is_ascii()
    })
}

/// What is left as a name once brackets around it and empty brackets are gone.
fn named(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut name = words.join(" ");
    for (open, close) in [('(', ')'), ('<', '>'), ('[', ']'), ('（', '）'), ('＜', '＞'), ('"', '"')] {
        name = name.replace(&format!("{open} {close}"), " ").replace(&format!("{open}{close}"), " ");
        let inner = name.trim();
        if let Some(stripped) = inner.strip_prefix(open).and_then(|inner| inner.strip_suffix(close))
            && !stripped.contains(open)
        {
            name = stripped.to_owned();
        }
    }
    let name = name.trim().trim_matches([',', ';']).trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_taken_apart() {
        let rows = [
            ("a@b.org (Ann Lee)", Some("Ann Lee"), Some("a@b.org")),
            ("Ann Lee <a@b.org>", Some("Ann Lee"), Some("a@b.org")),
            ("Ann Lee (a@b.org)", Some("Ann Lee"), Some("a@b.org")),
            ("\"Ann Lee\" <a@b.org>", Some("Ann Lee"), Some("a@b.org")),
            ("a@b.org", None, Some("a@b.org")),
            ("a@b.org Ann Lee", Some("Ann Lee"), Some("a@b.org")),
            ("记者（a@b.cn）", Some("记者"), Some("a@b.cn")),
            ("“a@b.org”", Some("“a@b.org”"), None),
            ("Ann Lee (Desk)", Some("Ann Lee (Desk)"), None),
            ("@annlee", Some("@annlee"), None),
            ("mailto:a@b.org", None, Some("a@b.org")),
        ];
        for (text, name, email) in rows {
            let person = parse(text).unwrap_or_default();
            assert_eq!((person.name.as_deref(), person.email.as_deref()), (name, email), "{text}");
        }
        assert_eq!(parse("  "), None);
    }
}
