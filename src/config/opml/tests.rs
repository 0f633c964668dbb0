//! What lists look like, and what is refused.

use super::*;

fn urls(text: &str) -> Vec<(String, Vec<String>)> {
    let list = read(text).unwrap();
    list.outlines.iter().map(|o| (o.url.to_string(), o.tags.clone())).collect()
}

fn reasons(text: &str) -> Vec<String> {
    read(text).unwrap().refused.into_iter().map(|refused| refused.reason).collect()
}

#[test]
fn reads_what_real_exports_look_like() {
    type Found = &'static [(&'static str, &'static [&'static str])];
    let cases: [(&str, &str, Found); 8] = [
        (
            "no text, other case of names",
            "<OPML><body><Outline XMLURL='https://a.example/'/></body></OPML>",
            &[("https://a.example/", &[])],
        ),
        (
            "nested folders become tags from the outside in",
            "<opml><outline text='A'><outline title='B'><outline xmlUrl='https://a.example/'/></outline></outline></opml>",
            &[("https://a.example/", &["A", "B"])],
        ),
        (
            "twice in two folders: one feed, both tags",
            "<opml><outline text='A'><outline xmlUrl='https://a.example/'/></outline><outline text='B'><outline xmlUrl='https://a.example/'/></outline></opml>",
            &[("https://a.example/", &["A", "B"])],
        ),
        (
            "categories",
            "<opml><outline xmlUrl='https://a.example/' category='/x/y,z,x'/></opml>",
            &[("https://a.example/", &["x", "y", "z"])],
        ),
        (
            "an outline with children that is a feed is no folder",
            "<opml><outline text='F' xmlUrl='https://a.example/'><outline xmlUrl='https://b.example/'/></outline></opml>",
            &[("https://a.example/", &[]), ("https://b.example/", &[])],
        ),
        (
            "tags left open, a bare ampersand",
            "<opml><outline text='R & D'><outline xmlUrl='https://a.example/?x=1&y=2'>",
            &[("https://a.example/?x=1&y=2", &["R & D"])],
        ),
        (
            "feed: in front",
            "<opml><outline xmlUrl='feed:https://a.example/'/><outline xmlUrl='feed://b.example/'/></opml>",
            &[("https://a.example/", &[]), ("http://b.example/", &[])],
        ),
        (
            "HTML entities",
            "<opml><outline text='Caf&eacute;'><outline xmlUrl='https://a.example/'/></outline></opml>",
            &[("https://a.example/", &["Café"])],
        ),
    ];
    for (case, text, expected) in cases {
        let expected: Vec<(String, Vec<String>)> = expected
            .iter()
            .map(|(url, tags)| (url.to_string(), tags.iter().map(|tag| tag.to_string()).collect()))
            .collect();
        assert_eq!(urls(text), expected, "{case}");
    }
}

#[test]
fn refuses_in_one_line_and_goes_on() {
    for (attributes, reason) in [
        ("xmlUrl='|curl x | sh'", "no address"),
        ("xmlUrl='file:///etc/passwd'", "scheme file"),
        ("xmlUrl='javascript:alert(1)'", "scheme javascript"),
        ("type='rss' text='T'", "outline \"T\" has no xmlUrl"),
    ] {
        let text = format!("<opml><outline {attributes}/><outline xmlUrl='https://a.example/'/></opml>");
        assert!(reasons(&text)[0].contains(reason), "{attributes}: {:?}", reasons(&text));
        assert_eq!(urls(&text).len(), 1, "{attributes}");
    }
    let broken = "<opml><outline xmlUrl='https://a.example/'/><outline <";
    assert_eq!(urls(broken).len(), 1);
    assert!(read("<rss/>").is_err() && read("").is_err());
}

#[test]
fn entities_of_the_document_are_not_expanded() {
    let bomb = "<!DOCTYPE opml [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'><!ENTITY x SYSTEM 'file:///etc/passwd'>]>\
        <opml><outline text='&b;&x;'><outline xmlUrl='https://a.example/'/></outline></opml>";
    assert_eq!(urls(bomb), [("https://a.example/".to_owned(), vec!["&b;&x;".to_owned()])]);
}

#[test]
fn depth_and_count_are_capped() {
    let deep =
        format!("<opml>{}<outline xmlUrl='https://a.example/'/>", "<outline text='f'>".repeat(MAX_DEPTH + 1));
    assert!(urls(&deep).is_empty() && reasons(&deep)[0].contains("folders deep"));
    let many: String =
        (0..MAX_OUTLINES + 5).map(|n| format!("<outline xmlUrl='https://a.example/{n}'/>")).collect();
    let many = format!("<opml>{many}</opml>");
    assert_eq!(urls(&many).len(), MAX_OUTLINES);
    assert_eq!(reasons(&many).len(), 1);
    let bad = format!("<opml>{}</opml>", "<outline xmlUrl='exec:x'/>".repeat(1000));
    assert_eq!(reasons(&bad).len(), MAX_REFUSED + 1);
    assert_eq!(reasons(&bad)[MAX_REFUSED], "900 more outlines cannot be used");
}

#[test]
fn encodings() {
    assert_eq!(
        decode(b"<?xml version='1.0' encoding='ISO-8859-1'?>\xe9"),
        "<?xml version='1.0' encoding='ISO-8859-1'?>é"
    );
    assert_eq!(decode(b"\xef\xbb\xbfa"), "a");
    assert_eq!(decode(b"\xff\xfea\0"), "a");
    assert_eq!(decode("ü".as_bytes()), "ü");
}
