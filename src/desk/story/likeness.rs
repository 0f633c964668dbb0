//! What is measured between an entry and a story: the evidence that the join decision weighs.

/// How alike an entry and a story are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Likeness {
    /// Cosine with the nearest member.
    pub near: f32,
    /// Cosine with the centre.
    pub centre: f32,
    /// Cosine of titles with the nearest member's.
    pub title: f32,
    /// Cosine of marks with the nearest member's.
    pub marks: f32,
    /// Summed weight of shared marks, in units of one rare mark.
    pub mark_mass: f32,
    /// Share of word pairs with the nearest member.
    pub pairs: f32,
    /// Share of the entry's weight that the centre knows.
    pub known: f32,
    /// The same for the story's oldest members: what it was about when it began.
    pub origin: f32,
    /// Summed weight of shared terms with the nearest member.
    pub mass: f32,
    /// Hours to the member nearest in time.
    pub gap_hours: f32,
    /// Members of the story, remembered.
    pub size: f32,
    /// Terms of the shorter of the two texts.
    pub shorter: f32,
    /// Both titles carry numbers and share none.
    pub numbers_differ: bool,
    /// Number shared.
    pub numbers_shared: f32,
    /// Names shared with the nearest member, over those of the shorter list.
    pub names: f32,
    /// Share of the entry's title that the nearest member's text holds.
    pub title_in: f32,
    /// Share of the nearest member's title that the entry's text holds.
    pub title_back: f32,
    /// Weight of the three rarest shared terms.
    pub rarest: f32,
    /// Share of the entry's names that the centre knows.
    pub names_known: f32,
    /// Share of the entry's title that the centre knows.
    pub title_known: f32,
    /// How far the next story is behind, by nearest member.
    pub lead: f32,
    /// Shared terms that tell something by what is known of words beforehand, each by how much: 1 for a word that
    /// is in no list, less for the words of standing subjects.
    pub evidence: f32,
    /// The same for shared marks.
    pub mark_evidence: f32,
    /// The same for shared terms that look like names.
    pub name_evidence: f32,
    /// The same for shared terms of which both titles hold each.
    pub title_evidence: f32,
    /// Shared terms that are in no list.
    pub unlisted: f32,
    /// How much of what is known of words is imagined: 1 for an empty window, near 0 for a large one.
    pub cold: f32,
    /// Titles, of the two, that name a format or a date only.
    pub columns: u8,
    /// Whether the two are of different languages.
    pub foreign: bool,
}

impl Likeness {
    /// A rough order in which stories are worth measuring.
    pub fn rank(&self) -> f32 {
        let text = if self.foreign { self.near + self.marks } else { self.near };
        text + 0.3 * self.pairs
    }
}
