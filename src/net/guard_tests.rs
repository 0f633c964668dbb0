use super::*;

fn guard(allow: &[&str], ports: &[u16]) -> Guard {
    let net = NetConfig {
        allow_addresses: allow.iter().map(|range| range.parse().expect("a range")).collect(),
        allow_ports: ports.to_vec(),
        contact: String::new(),
        proxy: None,
    };
    Guard::new(&net)
}

fn check(guard: &Guard, url: &str) -> Result<(), Forbidden> {
    guard.check_url(&url.parse().expect("a URL"))
}

/// Every special range, at its first and last address and in the odd spellings browsers accept.
const INSIDE: &[&str] = &[
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "169.254.169.254",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.255",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.0",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[::2]",
    "[fc00::1]",
    "[fdff:ffff::1]",
    "[fe80::1]",
    "[febf::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:8.8.8.8]",
    "[::7f00:1]",
    "[64:ff9b::1.2.3.4]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2001::1]",
    "[2001:0:4136:e378::]",
    "[2001:10::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[100::1]",
    "[5f00::1]",
    "[4000::1]",
    "[1::1]",
    "2130706433",
    "0x7f.1",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "127.0.0.1.",
    "0x7F.0.0.0x1",
    "017700000001",
    "１２７.0.0.1",
    "127。0。0。1",
    "⑩.0.0.1",
    "user:secret@127.0.0.1",
    "8.8.8.8@127.0.0.1",
    "%31%32%37.0.0.1",
    "0",
];

#[test]
fn no_spelling_of_an_inside_address_passes() {
    let guard = guard(&[], &[]);
    for host in INSIDE {
        for url in [format!("http://{host}/feed"), format!("https://{host}:8443/feed")] {
            assert!(check(&guard, &url).is_err(), "{url} passed");
        }
    }
}

#[test]
fn public_addresses_and_names_pass() {
    let guard = guard(&[], &[]);
    for host in [
        "example.org",
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "[2606:4700::1111]",
        "[2001:200::1]",
        "[2a00:1450::1]",
        "[2003::1]",
    ] {
        assert_eq!(check(&guard, &format!("http://{host}/feed")), Ok(()), "{host}");
    }
}

#[test]
fn the_url_alone_can_be_refused() {
    let guard = guard(&[], &[25]);
    for (url, passes, why) in [
        ("file:///etc/passwd", false, "no files"),
        ("gopher://example.org/", false, "no gopher"),
        ("data:text/xml,<rss/>", false, "no data"),
        ("ftp://example.org/", false, "no ftp"),
        ("http://example.org:22/", false, "no ssh port"),
        ("http://example.org:1023/", false, "the last privileged port"),
        ("http://example.org:1024/", true, "the first free port"),
        ("http://example.org:25/", true, "listed in allow_ports"),
        ("https://example.org/", true, "the usual"),
        ("http://example.org:443/", true, "443 whatever the scheme"),
    ] {
        assert_eq!(check(&guard, url).is_ok(), passes, "{url}: {why}");
    }
}

#[test]
fn allowed_ranges_open_what_they_say_and_no_more() {
    let guard = guard(&["127.0.0.0/8", "10.1.0.0/16", "fd00::/8"], &[]);
    for (host, passes, why) in [
        ("127.0.0.1", true, "inside an allowed range"),
        ("127.1", true, "the same in short"),
        ("[::ffff:127.0.0.1]", true, "the same in IPv6 clothes"),
        ("10.1.2.3", true, "inside the second range"),
        ("10.2.0.0", false, "next to it"),
        ("[::1]", false, "the other loopback is not listed"),
        ("[fd12::1]", true, "an allowed local network"),
        ("[64:ff9b::7f00:1]", false, "translation is not allowed here"),
        ("[::ffff:10.2.0.0]", false, "a refused address in IPv6 clothes"),
    ] {
        assert_eq!(check(&guard, &format!("http://{host}/")).is_ok(), passes, "{host}: {why}");
    }
}

#[test]
fn translated_addresses_must_be_in_order_in_both_forms() {
    let guard = guard(&["64:ff9b::/96"], &[]);
    assert!(check(&guard, "http://[64:ff9b::1.1.1.1]/").is_ok(), "a public address behind NAT64");
    assert!(check(&guard, "http://[64:ff9b::10.0.0.1]/").is_err(), "an inside address behind NAT64");
}

#[test]
fn one_inside_answer_refuses_the_name() {
    let ips =
        |texts: &[&str]| texts.iter().map(|text| text.parse().expect("an address")).collect::<Vec<IpAddr>>();
    let strict = guard(&[], &[]);
    for (answers, why) in [
        (&["1.1.1.1", "127.0.0.1"][..], "public first, inside second"),
        (&["::1", "1.1.1.1"][..], "inside by IPv6 only"),
        (&["169.254.169.254"][..], "metadata"),
    ] {
        let refused = strict.choose("rebind.example", ips(answers));
        assert!(refused.is_err(), "{why}");
    }
    let home = guard(&["127.0.0.0/8"], &[]);
    let kept = home.choose("localhost", ips(&["::1", "127.0.0.1"]));
    assert_eq!(kept, Ok(ips(&["127.0.0.1"])), "only the allowed loopback is left");
    assert_eq!(strict.choose("example.org", ips(&["1.1.1.1"])), Ok(ips(&["1.1.1.1"])));
}

#[tokio::test]
async fn literal_hosts_are_checked_without_a_look_up() {
    let guard = guard(&["127.0.0.0/8"], &[]);
    let at = Guard::resolve(&guard, "127.0.0.1", 25).await.expect("allowed");
    assert_eq!(at, ["127.0.0.1:25".parse().expect("an address")]);
    let refused = Guard::resolve(&guard, "[::1]", 25).await.expect_err("not allowed");
    assert!(refused.get_ref().is_some_and(|inner| inner.is::<Forbidden>()), "{refused}");
}
