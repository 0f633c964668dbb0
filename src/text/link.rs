//! The comparing form of an address: two spellings of one page give the same key.
//!
//! In this order: scheme folded (http and https are one), user and default port dropped, host in lower case
//! without its `www.`, `m.`, `mobile.` or `amp.` label, AMP marks of path and query removed, fragment dropped,
//! tracking parameters removed, the remaining parameters sorted, empty path segments and the trailing slash
//! dropped, percent-encoding made uniform. Only for comparing: it may not lead anywhere, and is never shown or fetched.

use url::Url;

/// Labels in front of a host that only name another form of the same page.
const FORMS: &[&str] = &["www", "www1", "www2", "m", "mobile", "amp"];

/// Parameters that say how a reader came, never what is shown. Names that some site uses for its pages (`mod`, `ref`,
/// `id`, `p`) are left out: two pages must never get one key.
const TRACKING: &[&str] = &[
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "twclid",
    "yclid",
    "ysclid",
    "igshid",
    "igsh",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "oly_anon_id",
    "oly_enc_id",
    "vero_id",
    "vero_conv",
    "_hsenc",
    "_hsmi",
    "__hssc",
    "__hstc",
    "__hsfp",
    "hsctatracking",
    "ref_src",
    "cmpid",
    "ncid",
    "smid",
    "smtyp",
    "xtor",
    "at_medium",
    "at_campaign",
    "at_custom1",
    "at_custom2",
    "at_custom3",
    "at_custom4",
    "at_link_id",
    "at_link_origin",
    "at_link_type",
    "at_format",
    "at_bbc_team",
    "ns_mchannel",
    "ns_source",
    "ns_campaign",
    "ns_linkname",
    "ns_fee",
    "wt_mc",
    "wt.mc_id",
    "wt_zmc",
    "soc_src",
    "soc_trk",
    "guccounter",
    "guce_referrer",
    "guce_referrer_sig",
    "sr_share",
    "s_cid",
    "feedtype",
    "feedname",
    "traffic_source",
    "trk",
    "trkcampaign",
    "spm",
    "scm",
    "share_source",
    "share_medium",
    "from_rss",
    "source_rss",
    "outputtype",
    "usqp",
    "amp_js_v",
    "amp_gsa",
    "amp",
    "_amp",
    "itm_source",
    "itm_medium",
    "itm_campaign",
    "mbid",
    "maca",
    "cvid",
    "ocid",
    "intcid",
    "int_cid",
    "icid",
];

/// Beginnings of parameters of the same kind.
const TRACKING_FAMILIES: &[&str] =
    &["utm_", "utm-", "pk_", "mtm_", "matomo_", "piwik_", "hmb_", "wt.", "stm_"];

/// The comparing key of `url`; `None` when it is no address of a web page.
///
/// ```
/// use newswatch::text::link::canonical_url;
/// let plain = canonical_url("https://example.org/a?id=1");
/// assert_eq!(canonical_url("http://www.example.org:80/a/?utm_source=rss&id=1#top"), plain);
/// ```
pub fn canonical_url(url: &str) -> Option<String> {
    let url = Url::parse(url.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = host(&url)?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = path(&url);
    let query = query(&url);
    Some(format!("https://{host}{port}{path}{query}"))
}

/// The host without its form label; at least two labels remain.
fn host(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
    let shorter = host.split_once('.').filter(|(label, rest)| FORMS.contains(label) && rest.contains('.'));
    Some(shorter.map(|(_, rest)| rest.to_owned()).unwrap_or(host))
}

/// The path in uniform encoding, without empty segments, AMP marks and index pages.
fn path(url: &Url) -> String {
    let mut segments: Vec<String> =
        url.path().split('/').filter(|segment| !segment.is_empty()).map(uniform).collect();
    let amp = |segment: &String| matches!(segment.to_ascii_lowercase().as_str(), "amp" | "amp.html");
    if segments.len() > 1 {
        if segments.last().is_some_and(amp) {
            segments.pop();
        } else if segments.first().is_some_and(amp) {
            segments.remove(0);
        }
    }
    if let Some(last) = segments.last_mut()
        && let Some(stem) = last.strip_suffix(".amp").or_else(|| last.strip_suffix(".amp.html"))
    {
        *last = stem.to_owned();
    }
    if let Some("index.html" | "index.htm" | "index.php") = segments.last().map(String::as_str) {
        segments.pop();
    }
    segments.iter().map(|segment| format!("/{segment}")).collect()
}

/// Upper-case percent-encoding, and none where none is needed (RFC 3986, 6.2.2).
fn uniform(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut out = String::with_capacity(segment.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = segment.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                out.push(char::from(byte));
                at += 3;
            }
            Some(byte) => {
                out.push_str(&format!("%{byte:02X}"));
                at += 3;
            }
            None => {
                out.push(char::from(bytes[at]));
                at += 1;
            }
        }
    }
    out
}

/// What is left of the query: sorted, without tracking.
fn query(url: &Url) -> String {
    let Some(query) = url.query() else { return String::new() };
    let mut kept: Vec<String> =
        query.split('&').filter(|pair| !pair.is_empty() && !is_tracking(pair)).map(uniform).collect();
    kept.sort();
    kept.dedup();
    match kept.is_empty() {
        true => String::new(),
        false => format!("?{}", kept.join("&")),
    }
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or(pair).to_ascii_lowercase();
    TRACKING.contains(&name.as_str()) || TRACKING_FAMILIES.iter().any(|family| name.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_page_give_one_key() {
        let rows = [
            ("the scheme does not matter", "http://example.org/a", "https://example.org/a"),
            ("nor letter case of the host", "HTTPS://Example.ORG/A", "https://example.org/A"),
            ("nor www", "https://www.example.org/a", "https://example.org/a"),
            ("nor the mobile form", "https://m.example.org/a", "https://example.org/a"),
            ("nor the AMP host", "https://amp.example.org/a", "https://example.org/a"),
            ("nor the AMP path", "https://example.org/a/amp/", "https://example.org/a"),
            ("nor AMP in front", "https://example.org/amp/a", "https://example.org/a"),
            ("nor the AMP ending", "https://example.org/a.amp", "https://example.org/a"),
            ("nor the AMP parameter", "https://example.org/a?amp=1", "https://example.org/a"),
            ("nor default ports", "http://example.org:80/a", "https://example.org/a"),
            ("other ports do", "http://example.org:8080/a", "https://example.org:8080/a"),
            ("nor a trailing slash", "https://example.org/a/", "https://example.org/a"),
            ("nor doubled ones", "https://example.org//a///b", "https://example.org/a/b"),
            ("nor the fragment", "https://example.org/a#top", "https://example.org/a"),
            (
                "nor tracking",
                "https://example.org/a?utm_source=x&fbclid=y&id=3",
                "https://example.org/a?id=3",
            ),
            ("nor the order of parameters", "https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2"),
            ("nor the case of escapes", "https://example.org/%c3%bc%7Ex", "https://example.org/%C3%BC~x"),
            ("nor escaping itself", "https://example.org/\u{fc}", "https://example.org/%C3%BC"),
            ("nor an index page", "https://example.org/a/index.html", "https://example.org/a"),
            ("nor a user", "https://me:secret@example.org/a", "https://example.org/a"),
            ("nor a dot after the host", "https://example.org./a", "https://example.org/a"),
            ("a short host stays", "https://m.org/a", "https://m.org/a"),
            ("a page named amp stays", "https://example.org/amp", "https://example.org/amp"),
        ];
        for (says, url, expected) in rows {
            assert_eq!(canonical_url(url).as_deref(), Some(expected), "{says}");
        }
    }

    #[test]
    fn what_is_no_page_has_no_key() {
        for url in ["mailto:a@example.org", "javascript:alert(1)", "/a", "", "urn:x:y"] {
            assert_eq!(canonical_url(url), None, "{url}");
        }
    }

    #[test]
    fn a_key_is_its_own_key() {
        for url in [
            "http://www.m.example.org/a/amp/amp",
            "https://example.org/?b&a=%41",
            "http://a.b/%zz//x.amp.html",
        ] {
            let key = canonical_url(url);
            let twice = key.as_deref().and_then(canonical_url).and_then(|key| canonical_url(&key));
            let once = key.as_deref().and_then(canonical_url);
            assert_eq!(twice, once, "{url}");
        }
    }
}
