//! Lists that are worked out for one document: memory is used again, and a list that several nodes need is kept until
//! the next document.

use super::nodes::Ref;
use hashbrown::HashMap;

/// Entries kept for one document at most: beyond that, lists are worked out anew whenever they are needed.
const KEPT: usize = 1 << 20;
/// Room for entries that a list may hold on to from document to document.
const ROOM: usize = 1 << 16;

/// Lists by number.
#[derive(Debug)]
pub(super) struct Pool<T> {
    lists: Vec<Vec<T>>,
    free: Vec<u32>,
    kept: HashMap<Ref, u32>,
    /// Entries in the kept lists.
    size: usize,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { lists: Vec::new(), free: Vec::new(), kept: HashMap::new(), size: 0 }
    }
}

/// A list in use. It goes back with [`Pool::done`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct List {
    at: u32,
    kept: bool,
}

impl<T> Pool<T> {
    /// Forgets what was kept.
    pub(super) fn begin(&mut self) {
        self.size = 0;
        if self.kept.is_empty() {
            return;
        }
        let kept = std::mem::take(&mut self.kept);
        kept.values().for_each(|at| self.release(*at));
        self.kept = kept;
        self.kept.clear();
    }

    /// The list of a node, when it is known.
    pub(super) fn known(&self, node: Ref) -> Option<List> {
        self.kept.get(&node).map(|at| List { at: *at, kept: true })
    }

    /// An empty list to be filled and put back.
    pub(super) fn take(&mut self) -> (List, Vec<T>) {
        let at = self.free.pop().unwrap_or_else(|| {
            self.lists.push(Vec::new());
            self.lists.len() as u32 - 1
        });
        (List { at, kept: false }, std::mem::take(&mut self.lists[at as usize]))
    }

    /// Puts a filled list in its place; one that belongs to a node is kept, if there is room.
    pub(super) fn put(&mut self, list: List, filled: Vec<T>, node: Option<Ref>) -> List {
        let kept = node.is_some() && self.size + filled.len() <= KEPT;
        if let Some(node) = node.filter(|_| kept) {
            self.size += filled.len();
            self.kept.insert(node, list.at);
        }
        self.lists[list.at as usize] = filled;
        List { kept, ..list }
    }

    /// What a list holds.
    pub(super) fn get(&self, list: List) -> &[T] {
        &self.lists[list.at as usize]
    }

    /// Gives a list back, unless it is kept.
    pub(super) fn done(&mut self, list: List) {
        if !list.kept {
            self.release(list.at);
        }
    }

    fn release(&mut self, at: u32) {
        let list = &mut self.lists[at as usize];
        list.clear();
        list.shrink_to(ROOM);
        self.free.push(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_lists_last_for_one_document_and_others_go_back() {
        let mut pool = Pool::default();
        let (list, mut filled) = pool.take();
        filled.push(7);
        let kept = pool.put(list, filled, Some(Ref(3)));
        pool.done(kept);
        assert_eq!(pool.known(Ref(3)).map(|list| pool.get(list)), Some([7].as_slice()));
        let (list, filled) = pool.take();
        assert_ne!(list.at, kept.at);
        let passing = pool.put(list, filled, None);
        pool.done(passing);
        assert_eq!(pool.take().0.at, passing.at);
        pool.begin();
        assert_eq!(pool.known(Ref(3)), None);
        assert_eq!(pool.take().0.at, kept.at);
    }

    #[test]
    fn too_much_is_not_kept() {
        let mut pool = Pool::default();
        let (list, _) = pool.take();
        let large = pool.put(list, vec![0_u8; KEPT + 1], Some(Ref(1)));
        assert!(!large.kept && pool.known(Ref(1)).is_none());
        pool.done(large);
        assert!(pool.lists[0].capacity() <= ROOM);
    }
}
