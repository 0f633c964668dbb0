//! Several pieces of work in one transaction, and what happens when one of them fails.
//!
//! The order: `BEGIN IMMEDIATE` (waits for other processes up to the busy timeout); each piece in a savepoint,
//! undone alone if it fails; one commit. If the transaction is lost on the way (SQLite rolls all of it back on a
//! full disk) or cannot be committed, and it had company, every piece is run again in a transaction of its own:
//! so a piece that needs no room is not failed by one that does.

use super::session::Session;
use crate::store::{Result, Work};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::Path;

/// Runs the work; one result for each piece, in order.
pub(super) fn write(conn: &mut Connection, path: &Path, work: &mut [Work<'_>]) -> Vec<Result<()>> {
    if let [only] = work {
        return vec![alone(conn, path, only)];
    }
    let tx = match begin(conn) {
        Ok(tx) => tx,
        // Each of them would only wait as long again.
        Err(error) => return work.iter().map(|_| Err(error.clone())).collect(),
    };
    match together(tx, path, work) {
        Ok(results) => results,
        Err(_) => work.iter_mut().map(|piece| alone(conn, path, piece)).collect(),
    }
}

fn alone(conn: &mut Connection, path: &Path, piece: &mut Work<'_>) -> Result<()> {
    let tx = begin(conn)?;
    piece(&mut Session::new(&tx, path))?;
    Ok(tx.commit()?)
}

fn together(tx: Transaction<'_>, path: &Path, work: &mut [Work<'_>]) -> Result<Vec<Result<()>>> {
    let mut results = Vec::with_capacity(work.len());
    for piece in work {
        results.push(in_savepoint(&tx, path, piece)?);
    }
    tx.commit()?;
    Ok(results)
}

fn begin(conn: &mut Connection) -> Result<Transaction<'_>> {
    Ok(conn.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

/// The inner result is the piece's own; the outer one fails if the common transaction is lost.
fn in_savepoint(tx: &Transaction<'_>, path: &Path, piece: &mut Work<'_>) -> Result<Result<()>> {
    tx.prepare_cached("SAVEPOINT piece")?.execute([])?;
    let result = piece(&mut Session::new(tx, path));
    if result.is_err() {
        // Fails if SQLite already rolled everything back: then the savepoint is gone too.
        tx.prepare_cached("ROLLBACK TO piece")?.execute([])?;
    }
    tx.prepare_cached("RELEASE piece")?.execute([])?;
    Ok(result)
}
