//! The configuration as a user meets it: mistakes, precedence, secrets, lists, editing, the shipped files.

use newswatch::config::{self, Config, ConfigErrors, Fallback, Overrides, ReceiverKind, edit, opml, options};
use newswatch::model::{FeedId, Priority};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

const DATA: &str = "tests/data/config";

/// An environment in which the database has a place.
fn home() -> Overrides {
    Overrides::default().with_env("HOME", "/home/someone")
}

/// A directory with these files.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

/// Loads `newswatch.toml` with this text.
fn load_text(text: &str, overrides: &Overrides) -> Result<Config, ConfigErrors> {
    let directory = directory(&[("newswatch.toml", text)]);
    config::load(&directory.path().join("newswatch.toml"), overrides)
}

fn messages(result: Result<Config, ConfigErrors>) -> Vec<String> {
    result.unwrap_err().problems().iter().map(|problem| problem.message.clone()).collect()
}

fn warnings(config: &Config) -> Vec<String> {
    config.warnings.iter().map(|warning| warning.message.clone()).collect()
}

/// Every `bad-<mistake>.toml` is refused with exactly what stands beside it. After a wanted change of messages run with
/// `UPDATE_EXPECTED=1` and read the difference.
#[test]
fn mistakes_are_reported_as_expected() {
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for entry in fs::read_dir(DATA).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "toml") {
            continue;
        }
        seen += 1;
        let found = format!("{}\n", config::load(&path, &home()).expect_err("a mistake"));
        assert!(!found.contains("geheim"), "{} shows a secret:\n{found}", path.display());
        let beside = path.with_extension("expected");
        if update {
            fs::write(&beside, &found).unwrap();
        }
        if fs::read_to_string(&beside).unwrap_or_default() != found {
            wrong.push(format!("{}:\n{found}", path.display()));
        }
    }
    assert!(seen >= 30, "only {seen} fixtures");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_empty_file_gives_the_defaults() {
    let config = load_text("", &home()).unwrap();
    assert_eq!(config.store.path, Path::new("/home/someone/.local/share/newswatch/newswatch.db"));
    assert_eq!(config.intake.interval, Duration::from_secs(3600));
    assert_eq!(config.intake.max_body, 10_000_000);
    assert_eq!(config.http.listen, Some("127.0.0.1:8717".parse().unwrap()));
    assert_eq!(config.log.level, "info");
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

/// A budget is a number of requests a minute; one that is too small for its feeds is a warning with its place.
#[test]
fn a_budget_is_weighed_against_the_feeds() {
    let feeds: String =
        (0..8).map(|n| format!("[[feed]]\nurl = 'https://example.com/{n}'\ninterval = '5m'\n")).collect();
    let with = |limit: &str| load_text(&format!("[intake]\nrequests_per_minute = {limit}\n{feeds}"), &home());
    assert_eq!(with("2").unwrap().intake.requests_per_minute, Some(2));
    assert_eq!(warnings(&with("2").unwrap()), [""; 0]);
    let tight = with("1").unwrap();
    assert!(warnings(&tight)[0].contains("8 feeds at their longest intervals come to 1.6 requests a minute"));
    assert_eq!(tight.warnings[0].at.line, 2);
    for bad in ["0", "-1", "60001", "'5 a minute'"] {
        let errors = with(bad).unwrap_err().to_string();
        assert!(errors.contains("requests_per_minute") && errors.contains("1 to 60000"), "{errors}");
    }
}

#[test]
fn defaults_need_no_file() {
    let defaults = config::defaults(&home()).unwrap();
    assert_eq!(config::dump(&defaults), config::dump(&load_text("", &home()).unwrap()));
    assert!(defaults.files.is_empty());
}

/// The largest list that is taken, and as many [[feed]] tables as a person may have. The bound is generous: it is there
/// to catch work that grows with the square of the list, which takes minutes.
#[test]
fn large_lists_are_read_in_linear_time() {
    let outlines: String = (0..opml::MAX_OUTLINES)
        .map(|n| format!("<outline text='Feed {n}' xmlUrl='https://example.org/{n}'/>\n"))
        .collect();
    let tables: String = (0..5000).map(|n| format!("[[feed]]\nurl = 'https://example.com/{n}'\n")).collect();
    let files = [
        ("newswatch.toml", format!("opml = 'big.opml'\n{tables}")),
        ("big.opml", format!("<opml><body>\n{outlines}</body></opml>")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let directory = directory(&files);
    let begun = std::time::Instant::now();
    let config = config::load(&directory.path().join("newswatch.toml"), &home()).unwrap();
    assert_eq!(config.feeds.len(), 25_000);
    assert_eq!(config.feeds[24_999].at.line, 20_001);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn every_default_is_a_value_its_own_option_accepts() {
    for option in options::OPTIONS {
        if let (Fallback::Toml(text), true) = (option.default, options::SETTINGS.contains(&option.table)) {
            let file = format!("[{}]\n{} = {text}\n", option.table, option.key);
            let (given, absent) = (load_text(&file, &home()).unwrap(), load_text("", &home()).unwrap());
            assert_eq!(config::dump(&given), config::dump(&absent), "{}.{}", option.table, option.key);
        }
    }
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = "[intake]\ninterval = \"2h\"\nconcurrency = 2\ntimeout = \"20s\"\n";
    let overrides = home()
        .with_env("NEWSWATCH_INTAKE_INTERVAL", "3h")
        .with_env("NEWSWATCH_INTAKE_CONCURRENCY", "3")
        .with_env("NEWSWATCH_LOG_LEVEL", "")
        .with_flag("intake.interval", "4h");
    let config = load_text(file, &overrides).unwrap();
    assert_eq!(config.intake.interval, Duration::from_secs(4 * 3600), "the flag");
    assert_eq!(config.intake.concurrency, 3, "the variable");
    assert_eq!(config.intake.timeout, Duration::from_secs(20), "the file");
    assert_eq!(config.intake.max_redirects, 10, "the default");
    assert_eq!(config.log.level, "info", "an empty variable is none");
}

/// A wrong value in the file does not matter where a flag replaces it; a wrong variable is reported as its own.
#[test]
fn a_wrong_variable_is_named() {
    let overrides = home()
        .with_env("NEWSWATCH_INTAKE_TIMEOUT", "5x")
        .with_env("NEWSWATCH_NET_ALLOW_ADDRESSES", "10.0.0.0/8, nonsense")
        .with_env("NEWSWATCH_INTAKE_CONCURRENCY", "many");
    let errors = load_text("", &overrides).unwrap_err().to_string();
    for part in [
        "environment variable NEWSWATCH_INTAKE_TIMEOUT:1:1: `timeout` in [intake] is \"5x\"",
        "environment variable NEWSWATCH_NET_ALLOW_ADDRESSES:1:12",
        "`concurrency` in [intake] is \"many\"; expected a whole number from 1 to 1024",
    ] {
        assert!(errors.contains(part), "{part}\nnot in\n{errors}");
    }
}

#[test]
fn every_setting_has_a_variable() {
    for option in options::OPTIONS.iter().filter(|option| options::SETTINGS.contains(&option.table)) {
        let name = option.variable().unwrap();
        let value = match option.kind {
            options::Kind::Path => "/tmp/x.db",
            options::Kind::Duration(..) => "90m",
            options::Kind::Size(..) => "2MB",
            options::Kind::Int(..) => "7",
            options::Kind::Listen => "off",
            options::Kind::Filter => "debug",
            options::Kind::Ranges => "10.0.0.0/8,fd00::/8",
            options::Kind::Ports => "22,8080",
            options::Kind::Url => "https://example.org/",
            options::Kind::Secret => "http://proxy.example.org:3128",
            _ => "words",
        };
        // Bounds that would contradict an hour are out of the way.
        let file = "[intake]\nmin_interval = \"1s\"\nmax_interval = \"90d\"\ntimeout = \"10m\"\n[alert]\nretry_max = \"7d\"\n";
        let value = if option.key.contains("timeout") { "2m" } else { value };
        let value = if ["min_interval", "host_spacing"].contains(&option.key) { "3s" } else { value };
        let value = if option.key.starts_with("keep") || option.key == "max_interval" { "2d" } else { value };
        let before = config::dump(&load_text(file, &home()).unwrap());
        match load_text(file, &home().with_env(&name, value)) {
            Ok(after) => assert_ne!(config::dump(&after), before, "{name}={value} changes nothing"),
            Err(errors) => panic!("{name}={value}: {errors}"),
        }
    }
}

/// Container platforms set variables such as NEWSWATCH_PORT for a service of that name.
#[test]
fn an_unknown_variable_is_a_warning() {
    let overrides = home()
        .with_env("NEWSWATCH_PORT", "tcp://10.0.0.1:80")
        .with_env("NEWSWATCH_STORE_PAHT", "/x")
        .with_env("NEWSWATCH_CONFIG", "x.toml");
    let config = load_text("", &overrides).unwrap();
    let warnings = warnings(&config);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[1].contains("did you mean NEWSWATCH_STORE_PATH?"), "{warnings:?}");
    assert!(load_text("", &home().with_flag("store.paht", "x")).is_err(), "a flag is ours alone");
}

#[test]
fn paths_start_at_the_file_they_stand_in() {
    let files = [(
        "newswatch.toml",
        "[store]\npath = \"data/x.db\"\n[[receiver]]\nname = \"c\"\nkind = \"command\"\nargv = [\"bin/tell\", \"a/b\"]\n[[receiver]]\nname = \"d\"\nkind = \"command\"\nargv = [\"notify\"]\n",
    )];
    let directory = directory(&files);
    let config = config::load(&directory.path().join("newswatch.toml"), &home()).unwrap();
    assert_eq!(config.store.path, directory.path().join("data/x.db"));
    let ReceiverKind::Command { argv } = &config.receivers[0].kind else { panic!() };
    assert_eq!(argv, &[directory.path().join("bin/tell").to_str().unwrap(), "a/b"]);
    let ReceiverKind::Command { argv } = &config.receivers[1].kind else { panic!() };
    assert_eq!(argv, &["notify"], "a bare name is looked up in PATH");
}

#[test]
fn the_configuration_is_found_where_it_usually_is() {
    let directory = directory(&[("newswatch/newswatch.toml", "")]);
    let base = directory.path().to_str().unwrap();
    let found = config::find(&Overrides::default().with_env("XDG_CONFIG_HOME", base));
    assert_eq!(found, Ok(directory.path().join("newswatch/newswatch.toml")));
}

/// A webhook, a mail and a feed with every secret in another way.
#[cfg(unix)]
#[test]
fn secrets_are_read_and_never_shown() {
    use std::os::unix::fs::PermissionsExt;
    let text = r#"
        [net]
        proxy = "http://me:canary@proxy.example.org:1"
        [[feed]]
        url = "https://me:canary@example.org/feed?token=canary&page=2"
        headers = { Authorization = { file = "secrets/feed" }, X = "canary" }
        [[receiver]]
        name = "hook"
        kind = "webhook"
        url_credential = "hook"
        secret = "canary"
        [[receiver]]
        name = "mail"
        kind = "email"
        host = "smtp.example.org"
        username = "me"
        password_file = "smtp"
        from = "a@example.org"
        to = "b@example.org"
    "#;
    let files = [
        ("newswatch.toml", text),
        ("secrets/feed", "Bearer canary\n"),
        ("credentials/hook", "https://hooks.example.org/canary\r\n"),
        ("credentials/smtp", "canary two\n"),
    ];
    let directory = directory(&files);
    for (name, mode) in [
        ("newswatch.toml", 0o644),
        ("secrets/feed", 0o640),
        ("credentials/hook", 0o400),
        ("credentials/smtp", 0o400),
    ] {
        fs::set_permissions(directory.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let credentials = directory.path().join("credentials");
    let overrides = home().with_env("CREDENTIALS_DIRECTORY", credentials.to_str().unwrap());
    let config = config::load(&directory.path().join("newswatch.toml"), &overrides).unwrap();

    assert_eq!(config.feeds[0].headers[0].1.expose(), "Bearer canary", "the line end is cut off");
    let ReceiverKind::Webhook { url, secret, .. } = &config.receivers[0].kind else { panic!() };
    assert_eq!(url.expose(), "https://hooks.example.org/canary");
    assert_eq!(secret.as_ref().unwrap().expose(), "canary");
    let ReceiverKind::Email(mail) = &config.receivers[1].kind else { panic!() };
    assert_eq!(
        mail.password.as_ref().unwrap().expose(),
        "canary two",
        "a bare file name is looked up there, too"
    );
    assert_eq!(config.net.proxy.as_deref(), Some("http://me:canary@proxy.example.org:1"));

    for shown in [format!("{config:?}"), format!("{config:#?}"), config::dump(&config)] {
        assert!(!shown.contains("canary"), "{shown}");
    }
    let warnings = warnings(&config);
    assert!(warnings.iter().any(|w| w.contains("secrets/feed can be read by others")), "{warnings:?}");
    assert!(warnings.iter().any(|w| w.starts_with("everybody on this machine")), "{warnings:?}");
    assert!(!warnings.iter().any(|w| w.contains("smtp") || w.contains("hook")), "{warnings:?}");
}

#[test]
fn a_secret_from_the_environment_replaces_every_way_of_the_file() {
    let file = "[net]\nproxy_file = \"no-such-file\"\n";
    let config = load_text(file, &home().with_env("NEWSWATCH_NET_PROXY", "http://p.example.org:1")).unwrap();
    assert_eq!(config.net.proxy.as_deref(), Some("http://p.example.org:1"));
    let errors = load_text("", &home().with_env("NEWSWATCH_NET_PROXY", "geheim")).unwrap_err().to_string();
    assert!(errors.contains("is not an http://") && !errors.contains("geheim"), "{errors}");
}

#[test]
fn the_dump_loads_again_and_dumps_the_same() {
    let shipped = config::load(Path::new("config/newswatch.toml"), &home()).unwrap();
    let dumped = config::dump(&shipped);
    let again = load_text(&dumped, &Overrides::default()).unwrap();
    assert_eq!(config::dump(&again), dumped);
    assert_eq!(again.feeds.len(), shipped.feeds.len());
}

#[test]
fn queries_are_located_in_their_file() {
    let text = "[[topic]]\nid = \"a\"\nquery = '''\nfünf AND\n  sechs\n'''\n[[topic]]\nid = 'b'\nquery = \"größe AND x\"\n[[topic]]\nid = 'c'\nquery = \"\\\"a\\\" AND b\"\n";
    let config = load_text(text, &home()).unwrap();
    let at = |topic: usize, word: &str| {
        let topic = &config.topics[topic];
        let place = topic.locate(topic.query.find(word).unwrap());
        (place.line, place.column)
    };
    assert_eq!(at(0, "fünf"), (4, 1), "the line end after the quotes does not count");
    assert_eq!(at(0, "AND"), (4, 6), "columns count characters");
    assert_eq!(at(0, "sechs"), (5, 3));
    assert_eq!(at(1, "x"), (9, 20));
    assert!(config.topics[1].query_verbatim && !config.topics[2].query_verbatim);
    assert_eq!(at(2, "b"), (12, 10), "with escapes the start of the query is given");
    let last = &config.topics[0];
    assert_eq!((last.locate(usize::MAX).line, last.locate(usize::MAX).column), (6, 1));
}

#[test]
fn a_problem_in_a_query_is_shown_in_its_file() {
    let directory = directory(&[("newswatch.toml", "[[topic]]\nid = 'a'\nquery = 'chips AND AND x'\n")]);
    let path = directory.path().join("newswatch.toml");
    let config = config::load(&path, &home()).unwrap();
    let shown = config.topics[0].problem(10, "expected a term").to_string();
    let expected = format!(
        "{}:3:20: expected a term\n  |\n3 | query = 'chips AND AND x'\n  |                    ^",
        path.display()
    );
    assert_eq!(shown, expected);
}

#[test]
fn included_files_bring_topics_terms_samples_and_feeds() {
    let files = [
        ("newswatch.toml", "include = [\"topics/*.toml\", \"topics/b.toml\"]\n[terms]\nz = ['z']\n"),
        ("topics/b.toml", "[[topic]]\nid = 'b'\nquery = '@a'\n[[sample]]\ntitle = 'x'\nmatch = false\n"),
        (
            "topics/a.toml",
            "[terms.a]\nzh = ['芯片']\nen = ['chip', 'chips']\n[[feed]]\nurl = 'https://example.org/a'\n",
        ),
        ("topics/.hidden.toml", "nonsense"),
        ("topics/readme.md", "nonsense"),
    ];
    let directory = directory(&files);
    let config = config::load(&directory.path().join("newswatch.toml"), &home()).unwrap();
    assert_eq!(config.topics.len(), 1, "a file that two patterns match is read once");
    assert_eq!(config.samples[0].topic.as_str(), "b", "the only topic of its file");
    assert!(!config.samples[0].matches);
    let terms: BTreeMap<&str, &[String]> =
        config.terms.iter().map(|t| (t.name.as_str(), t.terms.as_slice())).collect();
    assert_eq!(terms["a"], ["芯片", "chip", "chips"], "in file order");
    assert_eq!(config.feeds[0].id.as_str(), "example.org-a");
    assert_eq!(config.topics[0].priority, Priority::Normal);
    let names: Vec<_> = config.files.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["newswatch.toml", "a.toml", "b.toml"]);
}

#[cfg(unix)]
#[test]
fn links_out_of_the_directory_are_refused() {
    let outside = directory(&[("secret.toml", "password = 'x'\n")]);
    let directory = directory(&[("newswatch.toml", "include = ['topics/*.toml']\n"), ("real.toml", "")]);
    fs::create_dir(directory.path().join("topics")).unwrap();
    std::os::unix::fs::symlink(directory.path().join("real.toml"), directory.path().join("topics/fine.toml"))
        .unwrap();
    let path = directory.path().join("newswatch.toml");
    assert!(config::load(&path, &home()).is_ok(), "a link that stays inside is fine");
    std::os::unix::fs::symlink(outside.path().join("secret.toml"), directory.path().join("topics/out.toml"))
        .unwrap();
    let found = messages(config::load(&path, &home()));
    assert!(found[0].ends_with("leads out of the directory of the configuration"), "{found:?}");
}

#[test]
fn opml_lists_are_feeds_with_folders_as_tags() {
    let list = r#"<?xml version="1.0"?><opml version="1.0"><body>
        <outline text="World">
          <outline xmlUrl="https://example.org/known" title="Known"/>
          <outline type="rss" text="Neu &amp; alt" xmlUrl="https://example.org/new" language="de-AT"/>
          <outline text="exec" xmlUrl="|/bin/sh -c id"/>
        </outline></body></opml>"#;
    let files = [
        (
            "newswatch.toml",
            "opml = 'feeds.opml'\n[[feed]]\nid = 'known'\nurl = 'https://example.org/known'\n",
        ),
        ("feeds.opml", list),
    ];
    let directory = directory(&files);
    let config = config::load(&directory.path().join("newswatch.toml"), &home()).unwrap();
    assert_eq!(config.feeds.len(), 2, "the [[feed]] wins over the outline");
    let new = &config.feeds[1];
    assert_eq!((new.title.as_deref(), new.lang.as_deref(), new.at.line), (Some("Neu & alt"), Some("de"), 4));
    assert_eq!(new.tags, ["World"]);
    let warning = config.warnings.iter().find(|w| w.message.contains("\"exec\"")).unwrap();
    assert_eq!(warning.at.line, 5);
}

const EDITED: &str = "# My feeds\r\n[log]\r\nlevel = \"warn\" # quiet\r\n\r\n# First group\r\n\r\n# about a\r\n[[feed]]\r\nid = \"a\" # keep\r\nurl   =   'https://example.org/a'\r\n[feed.headers]\r\nX = \"1\"\r\n\r\n[[feed]]\r\nid = \"b\"\r\nurl = \"https://example.org/b\"\r\n\r\n# the end\r\n[http]\r\nlisten = \"off\"\r\n";

fn new_feed(url: &str) -> edit::NewFeed {
    edit::NewFeed {
        id: None,
        url: url.parse().unwrap(),
        title: Some("A \"new\" one".to_owned()),
        tags: vec!["x".to_owned()],
        lang: None,
        publisher: None,
    }
}

#[test]
fn adding_and_removing_keeps_every_other_byte() {
    let directory = directory(&[("newswatch.toml", EDITED)]);
    let path = directory.path().join("newswatch.toml");
    let id = edit::add_feed(&path, &new_feed("https://example.org/new"), &home()).unwrap();
    assert_eq!(id.as_str(), "example.org-new");
    let text = fs::read_to_string(&path).unwrap();
    let added = "\r\n[[feed]]\r\nid = \"example.org-new\"\r\nurl = \"https://example.org/new\"\r\ntitle = 'A \"new\" one'\r\ntags = [\"x\"]\r\n";
    assert_eq!(text, EDITED.replace("\r\n\r\n# the end", &format!("\r\n{added}\r\n# the end")));

    edit::remove_feed(&path, &id, &home()).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), EDITED, "removing undoes adding");

    edit::remove_feed(&path, &FeedId::from("a"), &home()).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("# First group\r\n\r\n[[feed]]\r\nid = \"b\""), "{text}");
    assert!(!text.contains("about a") && !text.contains("headers"), "{text}");
    let left: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "no temporary file stays behind");
}

#[test]
fn edits_that_would_not_load_change_nothing() {
    let text = "[[feed]]\nid = 'feed'\nurl = 'https://example.org/a'\n[[receiver]]\nname = 'log'\nkind = 'log'\n[[route]]\nfeeds = ['feed']\nto = ['log']\n";
    let directory = directory(&[
        ("newswatch.toml", text),
        ("inline.toml", "feed = [{ url = 'https://example.org/a' }]\n"),
    ]);
    let path = directory.path().join("newswatch.toml");
    let refused = edit::remove_feed(&path, &FeedId::from("feed"), &home()).unwrap_err().to_string();
    assert!(refused.contains("names the feed `feed`, which is not configured"), "{refused}");
    let refused = edit::remove_feed(&path, &FeedId::from("fed"), &home()).unwrap_err().to_string();
    assert_eq!(refused, "there is no feed `fed`; did you mean `feed`?");
    let refused = edit::add_feed(&path, &new_feed("https://example.org/a"), &home()).unwrap_err().to_string();
    assert!(refused.starts_with("this address is already the feed `feed`"), "{refused}");
    let twice = edit::NewFeed { id: Some(FeedId::from("feed")), ..new_feed("https://example.org/b") };
    assert!(edit::add_feed(&path, &twice, &home()).is_err());
    let bad = edit::NewFeed { id: Some(FeedId::from("Bad Id")), ..new_feed("https://example.org/b") };
    assert!(matches!(edit::add_feed(&path, &bad, &home()), Err(edit::EditError::Config(_))));
    let inline = directory.path().join("inline.toml");
    assert!(edit::add_feed(&inline, &new_feed("https://example.org/b"), &home()).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[cfg(unix)]
#[test]
fn editing_keeps_permissions_and_links() {
    use std::os::unix::fs::PermissionsExt;
    let directory = directory(&[("real.toml", "[log]\nlevel = 'info'")]);
    let (real, link) = (directory.path().join("real.toml"), directory.path().join("newswatch.toml"));
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    edit::add_feed(&link, &new_feed("https://example.org/a"), &home()).unwrap();
    assert!(link.is_symlink());
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::read_to_string(&real).unwrap().starts_with("[log]\nlevel = 'info'\n\n[[feed]]\n"));
}

#[test]
fn feeds_are_removed_where_they_stand() {
    let files = [
        ("newswatch.toml", "include = ['more.toml']\nopml = ['list.opml']\n"),
        ("more.toml", "[[feed]]\nid = 'm'\nurl = 'https://example.org/m'\n"),
        ("list.opml", "<opml><body><outline xmlUrl='https://example.org/o'/></body></opml>"),
    ];
    let directory = directory(&files);
    let path = directory.path().join("newswatch.toml");
    let file = edit::remove_feed(&path, &FeedId::from("m"), &home()).unwrap();
    assert_eq!(file, directory.path().join("more.toml"));
    assert_eq!(fs::read_to_string(file).unwrap(), "");
    let refused = edit::remove_feed(&path, &FeedId::from("example.org-o"), &home()).unwrap_err().to_string();
    assert!(refused.contains("stands in the list"), "{refused}");
}

/// Takes the `#` off every commented option: what is shown as default must be the default.
fn uncommented(text: &str) -> String {
    let option = |line: &str| {
        let rest = line.strip_prefix('#')?;
        let key = rest.split([' ', '=']).next()?;
        let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        (rest.starts_with("[[") || plain && rest.contains(" = ")).then(|| rest.to_owned())
    };
    text.lines().map(|line| option(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
}

#[test]
fn the_shipped_configuration_loads_and_shows_every_default() {
    let path = Path::new("config/newswatch.toml");
    let shipped = config::load(path, &home()).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(shipped.feeds.len() >= 40, "{} feeds", shipped.feeds.len());
    let text = fs::read_to_string(path).unwrap();
    for option in options::OPTIONS.iter().filter(|option| options::SETTINGS.contains(&option.table)) {
        let table = text.split(&format!("\n[{}]\n", option.table)).nth(1).unwrap_or_default();
        let table = table.split("\n[").next().unwrap();
        let shown = table.lines().find_map(|line| line.strip_prefix(&format!("#{} = ", option.key)));
        let shown = shown.unwrap_or_else(|| panic!("[{}] does not show {}", option.table, option.key));
        if let Fallback::Toml(default) = option.default {
            assert_eq!(shown, default, "{}.{}", option.table, option.key);
        }
    }
    for option in options::OPTIONS.iter().filter(|option| !["topic", "sample"].contains(&option.table)) {
        let given = option.names().iter().any(|name| text.contains(&format!("{name} = ")));
        assert!(given, "{}.{} is not shown", option.table, option.key);
    }
}

/// The commented examples are right, too: with the `#` taken off, only what they point to is missing.
#[test]
fn the_shipped_examples_load() {
    let text = uncommented(&fs::read_to_string("config/newswatch.toml").unwrap());
    let text = text.replace("include = [\"topics/*.toml\"]", "").replace("/etc/newswatch/", "etc/");
    let topics = "[[topic]]\nid = 'chip-export-controls'\nquery = 'a'\n[[topic]]\nid = 'rare-earth-export-controls'\nquery = 'b'\n";
    let files = [
        ("newswatch.toml", format!("{text}\n{topics}")),
        ("etc/hook-url", "https://hooks.example.org/a".to_owned()),
        ("etc/hook-authorization", "Bearer a".to_owned()),
        ("etc/company-root.pem", "pem".to_owned()),
        ("credentials/hook-secret", "a".to_owned()),
        ("credentials/smtp", "a".to_owned()),
        ("credentials/example-news", "a".to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let directory = directory(&files);
    let credentials = directory.path().join("credentials");
    let overrides = home().with_env("CREDENTIALS_DIRECTORY", credentials.to_str().unwrap());
    let config =
        config::load(&directory.path().join("newswatch.toml"), &overrides).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(config.receivers.len(), 4);
    assert_eq!(config.routes.len(), 3);
}

#[test]
fn the_reference_lists_every_option_with_its_default() {
    let path = PathBuf::from("docs/configuration.md");
    let text = fs::read_to_string(&path).unwrap();
    let mut updated = text.clone();
    for name in options::tables() {
        let (start, end) = (format!("<!-- options {name} -->\n"), "<!-- end -->");
        let Some((head, rest)) = updated.split_once(&start) else {
            panic!("{name} is not in docs/configuration.md")
        };
        let (_, tail) = rest.split_once(end).unwrap();
        updated = format!("{head}{start}{}{end}{tail}", options::reference(name));
    }
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::write(&path, &updated).unwrap();
    } else {
        assert!(
            text == updated,
            "docs/configuration.md is behind the option table: run with UPDATE_EXPECTED=1"
        );
    }
}

#[test]
fn lists_are_written_and_read_back() {
    let text = "[[feed]]\nid = 'own-id'\nurl = 'https://example.org/a?x=1&y=2'\ntitle = 'A <b> & \"c\"'\ntags = ['one', 'two']\nlang = 'de'\n[[feed]]\nurl = 'https://example.org/plain'\n";
    let config = load_text(text, &home()).unwrap();
    let written = opml::write("Feeds & more", &config.feeds);
    let list = opml::read(&written).unwrap();
    assert!(list.refused.is_empty());
    let first = &list.outlines[0];
    assert_eq!(first.id.as_deref(), Some("own-id"));
    assert_eq!(first.url, config.feeds[0].url);
    assert_eq!(first.title, config.feeds[0].title);
    assert_eq!((&first.tags, &first.lang), (&config.feeds[0].tags, &config.feeds[0].lang));
    assert_eq!(list.outlines[1].url, config.feeds[1].url);
}

const SMALL: &str = "include = ['a']\n[intake]\ninterval = \"1h\" # ü\n[[feed]]\nurl = \"https://me:pw@example.org/\"\nheaders = { A = 'b' }\n[[topic]]\nid = 'a'\nquery = \'\'\'\n日本 AND \"x\"\'\'\'\n[terms.x]\nen = ['a', \"\\u00e9\"]\n[[sample]]\ntitle = \"\"\"t\"\"\"\n[[receiver]]\nname = 'w'\nkind = 'webhook'\nurl = 'https://example.org/'\n[[route]]\nto = ['w']\n";

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..Default::default()
    })]

    /// Whatever is cut out of a file or put into it, the answer is a configuration or a list of mistakes in their place.
    #[test]
    fn no_text_makes_it_panic(at in 0..SMALL.len(), cut in 0..20usize, put in "[\\[\\]{}=\"'#.,\\\\\na-zü0-9\u{1b}日]{0,6}") {
        let (at, end) = (SMALL.floor_char_boundary(at), SMALL.floor_char_boundary((at + cut).min(SMALL.len())));
        let text = format!("{}{put}{}", &SMALL[..at], &SMALL[end.max(at)..]);
        match load_text(&text, &home()) {
            Ok(config) => {
                config::dump(&config);
                config.topics.iter().for_each(|topic| { topic.locate(3); });
            }
            Err(errors) => {
                proptest::prop_assert!(!errors.problems().is_empty());
                let shown = errors.to_string();
                proptest::prop_assert!(!shown.contains('\x1b'));
            }
        }
    }

    /// Any text is a list, or no list.
    #[test]
    fn no_list_makes_it_panic(body in "(<(outline|opml|/outline|!--|!\\[CDATA\\[)( (xmlUrl|text)=['\"]?[a-z:/&;ü#]{0,9}['\"]?){0,2}/?>?|[&<>a-z]){0,12}") {
        let _ = opml::read(&body);
        let _ = opml::read(&format!("<opml>{body}"));
    }
}
