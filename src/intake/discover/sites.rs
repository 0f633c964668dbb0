//! Kinds of site whose feeds follow from the address of a page.
//!
//! Each rule looks at host and path and names the feeds, most wanted first. Rules for one host come before rules that
//! go by the form of the path alone (Mastodon, Lemmy and WordPress run everywhere); the first rule that answers wins.

use super::{FoundBy, Lead};
use url::Url;

/// The feeds that follow from the address of a page; empty where no rule knows the site.
pub fn sites(page: &Url) -> Vec<Lead> {
    let site = Site::new(page);
    let found = RULES.iter().map(|rule| rule(&site)).find(|found| !found.is_empty());
    let lead = |text: String| {
        let url = page.join(&text).ok()?;
        Some(Lead { url, found_by: FoundBy::Site, title: None })
    };
    found.unwrap_or_default().into_iter().filter_map(lead).filter(|lead| lead.url != *page).collect()
}

/// A page's address in parts.
struct Site<'a> {
    /// Host without `www.`, `old.`, `m.` and the like.
    host: &'a str,
    /// Parts of the path, none of them empty.
    parts: Vec<&'a str>,
    page: &'a Url,
}

impl<'a> Site<'a> {
    fn new(page: &'a Url) -> Self {
        let host = page.host_str().unwrap_or_default();
        let bare = ["www.", "old.", "new.", "np.", "m."].iter().find_map(|label| host.strip_prefix(label));
        let parts = page.path().split('/').filter(|part| !part.is_empty()).collect();
        Self { host: bare.unwrap_or(host), parts, page }
    }

    fn query(&self, name: &str) -> Option<String> {
        self.page.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    fn below(&self, domain: &str) -> bool {
        self.host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.') && rest.len() > 1)
    }
}

type Rule = fn(&Site<'_>) -> Vec<String>;

const RULES: &[Rule] = &[
    youtube,
    github,
    gitlab,
    forgejo,
    reddit,
    medium,
    bluesky,
    stack_exchange,
    arxiv,
    hosted,
    mastodon,
    lemmy,
    wordpress,
];

/// Channels, users and playlists. Handles (`/@name`) say nothing by themselves; their page names the feed.
fn youtube(site: &Site<'_>) -> Vec<String> {
    if site.host != "youtube.com" && site.host != "youtu.be" {
        return Vec::new();
    }
    let feed =
        |key: &str, value: &str| vec![format!("https://www.youtube.com/feeds/videos.xml?{key}={value}")];
    match site.parts.as_slice() {
        ["channel", id, ..] => feed("channel_id", id),
        ["user", name, ..] => feed("user", name),
        _ => site
            .query("list")
            .filter(|list| plain(list))
            .map_or(Vec::new(), |list| feed("playlist_id", &list)),
    }
}

/// Whether a value taken from a query can stand in another one as it is.
fn plain(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn github(site: &Site<'_>) -> Vec<String> {
    /// First parts of paths that are no account.
    const PAGES: &[&str] = &[
        "about",
        "apps",
        "collections",
        "contact",
        "customer-stories",
        "enterprise",
        "events",
        "explore",
        "features",
        "issues",
        "login",
        "marketplace",
        "notifications",
        "pricing",
        "pulls",
        "search",
        "security",
        "settings",
        "site",
        "sponsors",
        "topics",
        "trending",
    ];
    if site.host == "gist.github.com" {
        return site
            .parts
            .first()
            .map_or(Vec::new(), |user| vec![format!("https://gist.github.com/{user}.atom")]);
    }
    if site.host != "github.com" || site.parts.first().is_some_and(|first| PAGES.contains(first)) {
        return Vec::new();
    }
    let at = |rest: String| vec![format!("https://github.com/{rest}")];
    match site.parts.as_slice() {
        ["orgs", name, ..] => at(format!("{name}.atom")),
        [user] if !user.ends_with(".atom") => at(format!("{user}.atom")),
        [user, repo, kind @ ("releases" | "tags" | "wiki" | "discussions"), ..] => {
            at(format!("{user}/{repo}/{kind}.atom"))
        }
        [user, repo, "commits" | "tree", branch, ..] => at(format!("{user}/{repo}/commits/{branch}.atom")),
        [user, repo, rest @ ..] if rest.is_empty() || rest[0] == "commits" => ["releases", "commits", "tags"]
            .iter()
            .filter(|kind| rest.is_empty() || **kind == rest[0])
            .map(|kind| format!("https://github.com/{user}/{repo}/{kind}.atom"))
            .collect(),
        _ => Vec::new(),
    }
}

fn gitlab(site: &Site<'_>) -> Vec<String> {
    if site.host != "gitlab.com" && !site.host.starts_with("gitlab.") {
        return Vec::new();
    }
    let project: Vec<&str> = site.parts.iter().take_while(|part| **part != "-").copied().collect();
    match project.as_slice() {
        [user] => vec![format!("/{user}.atom")],
        [_, _, ..] => {
            let path = project.join("/");
            vec![format!("/{path}/-/releases.atom"), format!("/{path}/-/tags?format=atom")]
        }
        [] => Vec::new(),
    }
}

fn forgejo(site: &Site<'_>) -> Vec<String> {
    match site.parts.as_slice() {
        _ if site.host != "codeberg.org" && !site.host.starts_with("gitea.") => Vec::new(),
        [user] => vec![format!("/{user}.rss")],
        [user, repo, ..] => vec![format!("/{user}/{repo}/releases.rss"), format!("/{user}/{repo}.rss")],
        [] => Vec::new(),
    }
}

fn reddit(site: &Site<'_>) -> Vec<String> {
    if site.host != "reddit.com" {
        return Vec::new();
    }
    let at = |path: String| vec![format!("https://www.reddit.com/{path}/.rss")];
    match site.parts.as_slice() {
        [.., ".rss"] => Vec::new(),
        ["r", name, "comments", id, ..] => at(format!("r/{name}/comments/{id}")),
        ["r", name, order @ ("new" | "top" | "rising" | "controversial")] => at(format!("r/{name}/{order}")),
        ["r", name, ..] => at(format!("r/{name}")),
        ["u" | "user", name, "m", multi, ..] => at(format!("user/{name}/m/{multi}")),
        ["u" | "user", name, ..] => at(format!("user/{name}")),
        _ => Vec::new(),
    }
}

fn medium(site: &Site<'_>) -> Vec<String> {
    if site.below("medium.com") {
        return vec!["/feed".to_owned()];
    }
    match site.parts.as_slice() {
        _ if site.host != "medium.com" => Vec::new(),
        ["feed", ..] => Vec::new(),
        ["tag", tag, ..] => vec![format!("/feed/tag/{tag}")],
        [name, ..] => vec![format!("/feed/{name}")],
        [] => Vec::new(),
    }
}

fn bluesky(site: &Site<'_>) -> Vec<String> {
    match site.parts.as_slice() {
        ["profile", name, ..] if site.host == "bsky.app" => vec![format!("/profile/{name}/rss")],
        _ => Vec::new(),
    }
}

fn stack_exchange(site: &Site<'_>) -> Vec<String> {
    let known =
        ["stackoverflow.com", "serverfault.com", "superuser.com", "askubuntu.com", "mathoverflow.net"];
    if !known.contains(&site.host) && !site.below("stackexchange.com") {
        return Vec::new();
    }
    match site.parts.as_slice() {
        ["questions", "tagged", tag, ..] => vec![format!("/feeds/tag?tagnames={tag}&sort=newest")],
        ["questions", id, ..] if plain(id) => vec![format!("/feeds/question/{id}")],
        ["users", id, ..] => vec![format!("/feeds/user/{id}")],
        _ => vec!["/feeds".to_owned()],
    }
}

fn arxiv(site: &Site<'_>) -> Vec<String> {
    match site.parts.as_slice() {
        ["list", archive, ..] if site.host == "arxiv.org" => {
            vec![format!("https://rss.arxiv.org/rss/{archive}")]
        }
        _ => Vec::new(),
    }
}

/// Services that host many sites under one scheme.
fn hosted(site: &Site<'_>) -> Vec<String> {
    const PLACES: &[(&str, &str)] = &[
        ("substack.com", "/feed"),
        ("wordpress.com", "/feed/"),
        ("blogspot.com", "/feeds/posts/default"),
        ("tumblr.com", "/rss"),
        ("ghost.io", "/rss/"),
        ("bearblog.dev", "/feed/"),
        ("hashnode.dev", "/rss.xml"),
        ("livejournal.com", "/data/rss"),
        ("dreamwidth.org", "/data/atom"),
    ];
    match site.parts.as_slice() {
        ["category" | "tag" | "author", ..] => Vec::new(),
        [first, ..] if first.starts_with('@') && site.host == "substack.com" => {
            vec![format!("https://{}.substack.com/feed", first.trim_start_matches('@'))]
        }
        _ => {
            let place = PLACES.iter().find(|(domain, _)| site.below(domain));
            place.map_or(Vec::new(), |(_, path)| vec![(*path).to_owned()])
        }
    }
}

/// Accounts and tags of Mastodon and its kin, on any host. An account of another server (`@name@host`) has its feed
/// there.
fn mastodon(site: &Site<'_>) -> Vec<String> {
    const OTHERS: &[&str] =
        &["youtube.com", "tiktok.com", "threads.net", "threads.com", "substack.com", "npmjs.com"];
    if OTHERS.contains(&site.host) {
        return Vec::new();
    }
    match site.parts.as_slice() {
        [first, ..] if first.len() > 1 && first.starts_with('@') && !first.ends_with(".rss") => {
            match first[1..].split_once('@') {
                Some((name, host)) => vec![format!("https://{host}/@{name}.rss")],
                None => vec![format!("/{first}.rss")],
            }
        }
        ["users", name] if !name.ends_with(".rss") => vec![format!("/users/{name}.rss")],
        ["tags", name] if !name.ends_with(".rss") => vec![format!("/tags/{name}.rss")],
        _ => Vec::new(),
    }
}

/// Communities and people of Lemmy, on any host; `name@host` is shown by this server.
fn lemmy(site: &Site<'_>) -> Vec<String> {
    match site.parts.as_slice() {
        [kind @ ("c" | "u"), name] if !["youtube.com", "reddit.com"].contains(&site.host) => {
            vec![format!("/feeds/{kind}/{name}.xml?sort=New")]
        }
        _ => Vec::new(),
    }
}

/// Categories, tags and authors of WordPress, on any host: the feed is the page with `feed/` at its end.
fn wordpress(site: &Site<'_>) -> Vec<String> {
    match site.parts.as_slice() {
        [.., "feed"] => Vec::new(),
        ["category" | "tag" | "author", _, ..] => vec![format!("/{}/feed/", site.parts.join("/"))],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row: a page and the feeds that follow from its address.
    #[test]
    fn pages_tell_of_their_feeds() {
        for (page, feeds) in [
            (
                "https://www.youtube.com/channel/UCabc/videos",
                "https://www.youtube.com/feeds/videos.xml?channel_id=UCabc",
            ),
            (
                "https://m.youtube.com/watch?v=1&list=PL9",
                "https://www.youtube.com/feeds/videos.xml?playlist_id=PL9",
            ),
            ("https://www.youtube.com/user/name", "https://www.youtube.com/feeds/videos.xml?user=name"),
            ("https://www.youtube.com/@handle", ""),
            ("https://www.youtube.com/watch?v=1&list=a%26b", ""),
            (
                "https://github.com/owner/repo",
                "https://github.com/owner/repo/releases.atom https://github.com/owner/repo/commits.atom https://github.com/owner/repo/tags.atom",
            ),
            ("https://github.com/owner/repo/releases/tag/v1", "https://github.com/owner/repo/releases.atom"),
            ("https://github.com/owner/repo/tree/dev/src", "https://github.com/owner/repo/commits/dev.atom"),
            ("https://github.com/owner/repo/commits", "https://github.com/owner/repo/commits.atom"),
            ("https://github.com/owner", "https://github.com/owner.atom"),
            ("https://github.com/trending", ""),
            ("https://github.com/owner/repo/releases.atom", ""),
            (
                "https://gitlab.com/group/sub/project/-/issues",
                "https://gitlab.com/group/sub/project/-/releases.atom https://gitlab.com/group/sub/project/-/tags?format=atom",
            ),
            (
                "https://codeberg.org/a/b",
                "https://codeberg.org/a/b/releases.rss https://codeberg.org/a/b.rss",
            ),
            ("https://old.reddit.com/r/rust/", "https://www.reddit.com/r/rust/.rss"),
            ("https://www.reddit.com/r/rust/top", "https://www.reddit.com/r/rust/top/.rss"),
            (
                "https://www.reddit.com/r/rust/comments/abc/title",
                "https://www.reddit.com/r/rust/comments/abc/.rss",
            ),
            ("https://reddit.com/u/someone", "https://www.reddit.com/user/someone/.rss"),
            ("https://social.example/@name", "https://social.example/@name.rss"),
            ("https://social.example/@name/1234", "https://social.example/@name.rss"),
            ("https://social.example/@name@other.example", "https://other.example/@name.rss"),
            ("https://social.example/tags/trade", "https://social.example/tags/trade.rss"),
            (
                "https://lemmy.example/c/news@other.example",
                "https://lemmy.example/feeds/c/news@other.example.xml?sort=New",
            ),
            ("https://letter.substack.com/p/issue-1", "https://letter.substack.com/feed"),
            ("https://substack.com/@letter", "https://letter.substack.com/feed"),
            ("https://some.wordpress.com/2026/11/a-post/", "https://some.wordpress.com/feed/"),
            ("https://some.wordpress.com/category/trade", "https://some.wordpress.com/category/trade/feed/"),
            ("https://news.example/author/jane/", "https://news.example/author/jane/feed/"),
            ("https://some.blogspot.com/2026/", "https://some.blogspot.com/feeds/posts/default"),
            ("https://medium.com/@name/a-post-1", "https://medium.com/feed/@name"),
            ("https://name.medium.com/a-post-1", "https://name.medium.com/feed"),
            ("https://bsky.app/profile/name.example/post/1", "https://bsky.app/profile/name.example/rss"),
            (
                "https://stackoverflow.com/questions/tagged/rust",
                "https://stackoverflow.com/feeds/tag?tagnames=rust&sort=newest",
            ),
            ("https://arxiv.org/list/cs.AI/recent", "https://rss.arxiv.org/rss/cs.AI"),
            ("https://news.example/politics", ""),
            ("https://substack.com.evil.example/", ""),
            ("https://notsubstack.com/", ""),
        ] {
            let found = sites(&Url::parse(page).expect(page));
            let found: Vec<&str> = found.iter().map(|lead| lead.url.as_str()).collect();
            assert_eq!(found.join(" "), feeds, "{page}");
        }
    }
}
