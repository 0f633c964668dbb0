//! What each element of a feed means: the one table of every dialect.
//!
//! A fact's number is its rank (see [`super::draft`]): 0 for the format's own element, higher for those of
//! extensions that say the same.

use super::draft::STAND_IN;
use super::names::Space;

/// Rank of the people Media RSS credits; only those whose role is to write are authors.
pub const CREDIT: u8 = 4;
/// Rank from which on a feed's person does not stand for the authors of its entries.
pub const PUBLISHER: u8 = 6;
/// Rank of the person who runs the server: named for the feed, never taken for the author of an entry.
pub const WEBMASTER: u8 = 7;

/// The part of a document an element stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Directly in the root of RSS or RDF.
    Root,
    /// In the feed's own facts.
    Feed,
    /// In an entry.
    Entry,
    /// In a person of this rank.
    Person(u8),
    /// In the original publisher.
    Source,
    /// In the feed's picture.
    Image,
    /// In a group or file of Media RSS.
    Media,
    /// In `skipHours`.
    Hours,
    /// In `skipDays`.
    Days,
    /// In something that says nothing to us.
    Other,
}

/// A fact that stands as text in its element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Title.
    Title(u8),
    /// Address of the page.
    Link(u8),
    /// The publisher's id.
    Id(u8),
    /// RSS guid.
    Guid,
    /// Short text.
    Summary(u8),
    /// Long text.
    Content(u8),
    /// Publication time.
    Published(u8),
    /// Time of change.
    Updated(u8),
    /// A person in one line.
    Author(u8),
    /// A person's name.
    Name,
    /// A person's e-mail address.
    Email,
    /// A person's page.
    Uri,
    /// One category.
    Category,
    /// Categories parted by commas.
    Keywords,
    /// Comments page.
    Comments,
    /// Rights statement.
    Rights(u8),
    /// Language tag.
    Language(u8),
    /// Generating software.
    Generator,
    /// Minutes a reader may keep the document.
    Ttl,
    /// `sy:updatePeriod`.
    Period,
    /// `sy:updateFrequency`.
    Frequency,
    /// One hour to skip.
    Hour,
    /// One day to skip.
    Day,
    /// Address of the feed's picture.
    Image(u8),
    /// Name of the original publisher.
    SourceTitle,
    /// Address of the original publisher.
    SourceLink,
    /// The page's address before FeedBurner replaced it.
    OriginalLink,
}

impl Field {
    /// Whether the text may hold markup of its own.
    pub fn holds_markup(self) -> bool {
        matches!(
            self,
            Self::Title(_) | Self::Summary(_) | Self::Content(_) | Self::Rights(_) | Self::SourceTitle
        )
    }

    /// Whether the text is a body, in which any element may stand.
    pub fn is_body(self) -> bool {
        matches!(self, Self::Summary(_) | Self::Content(_))
    }
}

/// What an element means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Its text is this fact.
    Text(Field),
    /// It opens this part.
    Enter(Scope),
    /// A new entry.
    Entry,
    /// A link with attributes, or with text of this rank.
    Link,
    /// A category with attributes or text.
    Category,
    /// An attached file.
    Enclosure,
    /// A file of Media RSS, which may hold further facts.
    MediaFile,
    /// A picture whose address is an attribute.
    ImageHref,
    /// The publish-and-subscribe server of RSS.
    Cloud,
}

use Field::{
    Author, Comments, Content, Day, Email, Generator, Guid, Hour, Id, Image, Keywords, Language, Name,
    OriginalLink, Published, Rights, SourceLink, SourceTitle, Summary, Title, Ttl, Updated, Uri,
};
use Meaning::{Enter, Text};

/// The meaning of the element `local` (in lower case) of the vocabulary `space` in `scope`.
pub fn meaning(scope: Scope, space: Space, local: &str) -> Meaning {
    if let Some(entry) = entry_or_feed(scope, space, local) {
        return entry;
    }
    match scope {
        Scope::Feed | Scope::Entry => shared(space, local, scope == Scope::Entry),
        Scope::Root => root(space, local),
        Scope::Person(_) => person(space, local),
        Scope::Source => source(space, local),
        Scope::Image => image(space, local),
        Scope::Media => media(space, local),
        Scope::Hours if local == "hour" => Text(Hour),
        Scope::Days if local == "day" => Text(Day),
        _ => Enter(Scope::Other),
    }
}

/// Entries may stand anywhere, since any end tag before them may be missing; a channel wherever the root or another
/// channel is.
fn entry_or_feed(scope: Scope, space: Space, local: &str) -> Option<Meaning> {
    if space != Space::Core {
        return None;
    }
    match (local, scope) {
        ("item" | "entry", _) => Some(Meaning::Entry),
        ("channel", Scope::Root | Scope::Feed | Scope::Other) => Some(Enter(Scope::Feed)),
        _ => None,
    }
}

/// Facts of RSS that broken feeds put beside the channel, and the pictures RSS 1.0 keeps there.
fn root(space: Space, local: &str) -> Meaning {
    match (space, local) {
        (Space::Core, "image") => Enter(Scope::Image),
        (Space::Core, "title" | "link" | "description" | "language") => shared(space, local, false),
        _ => Enter(Scope::Other),
    }
}

fn shared(space: Space, local: &str, entry: bool) -> Meaning {
    match space {
        Space::Core => core(local, entry),
        Space::Dublin => dublin(local, entry),
        Space::Media => media(space, local),
        Space::Itunes => itunes(local, entry),
        Space::Content if matches!(local, "encoded" | "content-encoded") => Text(Content(0)),
        Space::Syndication if local == "updateperiod" => Text(Field::Period),
        Space::Syndication if local == "updatefrequency" => Text(Field::Frequency),
        Space::Xhtml if entry && matches!(local, "body" | "div") => Text(Content(1)),
        Space::Feedburner if local == "origlink" => Text(OriginalLink),
        _ => Enter(Scope::Other),
    }
}

fn core(local: &str, entry: bool) -> Meaning {
    match local {
        "title" => Text(Title(0)),
        "link" => Meaning::Link,
        "id" => Text(Id(1)),
        "guid" => Text(Guid),
        "description" | "summary" | "subtitle" | "tagline" | "abstract" => Text(Summary(0)),
        "info" if !entry => Text(Summary(2)),
        "content" | "fullitem" | "body" if entry => Text(Content(0)),
        "encoded" if entry => Text(Content(1)),
        "pubdate" | "published" | "issued" => Text(Published(0)),
        "created" => Text(Published(3)),
        "updated" | "lastbuilddate" => Text(Updated(0)),
        "modified" => Text(Updated(1)),
        "author" => Enter(Scope::Person(0)),
        "managingeditor" => Enter(Scope::Person(1)),
        "webmaster" if !entry => Enter(Scope::Person(WEBMASTER)),
        "category" => Meaning::Category,
        "enclosure" => Meaning::Enclosure,
        "comments" => Text(Comments),
        "rights" | "copyright" => Text(Rights(0)),
        "language" => Text(Language(0)),
        "source" if entry => Enter(Scope::Source),
        "generator" => Text(Generator),
        "ttl" => Text(Ttl),
        "cloud" => Meaning::Cloud,
        "skiphours" => Enter(Scope::Hours),
        "skipdays" => Enter(Scope::Days),
        "image" if !entry => Enter(Scope::Image),
        "logo" if !entry => Text(Image(1)),
        "icon" if !entry => Text(Image(3)),
        _ => Enter(Scope::Other),
    }
}

fn dublin(local: &str, entry: bool) -> Meaning {
    match local {
        "title" => Text(Title(1)),
        "identifier" => Text(Id(3)),
        "description" | "abstract" => Text(Summary(1)),
        "date" => Text(Published(1)),
        "issued" | "available" => Text(Published(2)),
        "created" => Text(Published(3)),
        "modified" => Text(Updated(2)),
        "creator" | "author" => Text(Author(0)),
        "publisher" if !entry => Text(Author(PUBLISHER)),
        "contributor" => Text(Author(5)),
        "subject" => Text(Field::Category),
        "rights" | "license" => Text(Rights(1)),
        "language" => Text(Language(0)),
        "source" if entry => Text(SourceTitle),
        _ => Enter(Scope::Other),
    }
}

fn media(space: Space, local: &str) -> Meaning {
    if space != Space::Media {
        return Enter(Scope::Other);
    }
    match local {
        "title" => Text(Title(2)),
        "description" => Text(Summary(STAND_IN + 1)),
        "text" => Text(Summary(STAND_IN + 3)),
        "credit" => Text(Author(CREDIT)),
        "category" => Text(Field::Category),
        "keywords" => Text(Keywords),
        "copyright" => Text(Rights(2)),
        "group" => Enter(Scope::Media),
        "content" => Meaning::MediaFile,
        _ => Enter(Scope::Other),
    }
}

fn itunes(local: &str, entry: bool) -> Meaning {
    match local {
        "title" => Text(Title(3)),
        "summary" | "description" => Text(Summary(STAND_IN)),
        "subtitle" => Text(Summary(if entry { STAND_IN + 2 } else { STAND_IN - 1 })),
        "author" => Text(Author(2)),
        "owner" if !entry => Enter(Scope::Person(3)),
        "category" => Meaning::Category,
        "keywords" => Text(Keywords),
        "image" if !entry => Meaning::ImageHref,
        _ => Enter(Scope::Other),
    }
}

fn person(space: Space, local: &str) -> Meaning {
    match (space, local) {
        (Space::Core | Space::Itunes, "name") => Text(Name),
        (Space::Core | Space::Itunes, "email") => Text(Email),
        (Space::Core, "uri" | "url" | "homepage") => Text(Uri),
        _ => Enter(Scope::Other),
    }
}

fn source(space: Space, local: &str) -> Meaning {
    match (space, local) {
        (Space::Core, "title") => Text(SourceTitle),
        (Space::Core, "link") => Meaning::Link,
        (Space::Core, "id" | "url") => Text(SourceLink),
        _ => Enter(Scope::Other),
    }
}

fn image(space: Space, local: &str) -> Meaning {
    match (space, local) {
        (Space::Core, "url") => Text(Image(0)),
        _ => Enter(Scope::Other),
    }
}
