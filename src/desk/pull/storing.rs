//! Stores opened tips in their books: one transaction a book, which may take several batches.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::{Collector, Error, OpenedTip, Tally, alarm};
use crate::audit::Action;
use crate::book::{Arrival, Arriving, Book, Kept, SealedBytes};
use crate::database;
use loke_core::build_tag;
use loke_core::seal::MacKey;
use loke_core::tip::TipId;

/// Tips that are being stored.
pub(super) struct Storing<'a> {
    into: &'a Collector,
    action: Action,
    source: &'a str,
    mac_keys: &'a [MacKey],
    /// A transaction for each book that has one, in the order of the books.
    books: Vec<Option<Arriving<'a>>>,
    /// The books that have committed effects which are still to be copied to the register.
    committed: Vec<&'a Book>,
    /// The copying of effects of earlier commits.
    copying: Option<JoinHandle<Result<(), database::Error>>>,
    /// The tips that are in a book after the commit.
    kept: Vec<TipId>,
    /// How many of them are new.
    new: usize,
    /// Ids under which a book has another tip.
    clashes: Vec<TipId>,
    /// Reports of `loke-gateway prove`.
    proofs: Vec<TipId>,
}

impl<'a> Storing<'a> {
    pub(super) fn new(
        into: &'a Collector,
        action: Action,
        source: &'a str,
        mac_keys: &'a [MacKey],
    ) -> Self {
        Self {
            into,
            action,
            source,
            mac_keys,
            books: into.books.iter().map(|_| None).collect(),
            committed: Vec::new(),
            copying: None,
            kept: Vec::new(),
            new: 0,
            clashes: Vec::new(),
            proofs: Vec::new(),
        }
    }

    /// Adds a batch. The tally lists the tips that did not open. A report of `loke-gateway prove` is
    /// recognized by its build tag, and counts as stored.
    pub(super) async fn add(
        &mut self,
        opened: &[OpenedTip],
        tally: &mut Tally,
    ) -> Result<(), Error> {
        let mut batches: Vec<(Vec<Arrival<'_>>, Vec<SealedBytes>)> =
            self.books.iter().map(|_| Default::default()).collect();
        for (id, outcome, sealed) in opened {
            match outcome {
                Ok((_, opened)) if self.is_proof(&opened.tip.what) => self.proofs.push(*id),
                Ok((book, opened)) => {
                    if let Some((batch, files)) = batches.get_mut(*book) {
                        batch.push(Arrival {
                            id: *id,
                            sealed,
                            opened,
                        });
                        files.push(Arc::clone(sealed));
                    }
                }
                Err(why) => tally.unopened.push((*id, *why)),
            }
        }
        for (place, (batch, files)) in batches.into_iter().enumerate() {
            if batch.is_empty() {
                continue;
            }
            let arriving = self.arriving(place).await?;
            let outcomes = arriving.add(&batch, files).await?;
            for (arrival, outcome) in batch.iter().zip(outcomes) {
                match outcome {
                    Kept::Clash => self.clashes.push(arrival.id),
                    Kept::New | Kept::Known => self.kept.push(arrival.id),
                }
                self.new += usize::from(outcome == Kept::New);
            }
        }
        Ok(())
    }

    /// Commits what was added. The register learns of it while the next tips are added.
    pub(super) async fn commit_some(&mut self) -> Result<(), Error> {
        self.end_from(0).await?;
        // From here on no book is locked: another program may have locked the register and wait for a
        // book.
        self.end_copying().await?;
        let mut effects = Vec::with_capacity(self.committed.len());
        for book in std::mem::take(&mut self.committed) {
            effects.push(book.uncopied().await?);
        }
        self.copying = Some(tokio::spawn(async move {
            for effects in effects {
                effects.copy().await?;
            }
            Ok(())
        }));
        Ok(())
    }

    /// Waits until the register has the effects of earlier commits.
    async fn end_copying(&mut self) -> Result<(), Error> {
        match self.copying.take() {
            Some(copying) => Ok(copying.await.map_err(|_| Error::Interrupted)??),
            None => Ok(()),
        }
    }

    /// Commits, and returns the ids of the tips that are in a book. What the register has to know is
    /// written afterwards: nothing waits for it while a book is locked.
    pub(super) async fn commit(&mut self, tally: &mut Tally) -> Result<Vec<TipId>, Error> {
        self.commit_some().await?;
        self.end_copying().await?;
        tally.collected += std::mem::take(&mut self.new);
        for id in std::mem::take(&mut self.clashes) {
            alarm(self.into, self.source, id, tally).await?;
        }
        for id in std::mem::take(&mut self.proofs) {
            let detail = format!(
                "a marked report of `loke-gateway prove` was dropped, from {}",
                self.source
            );
            let register = &self.into.register;
            register
                .record_once(&self.into.actor, Action::Prove, &id.to_string(), &detail)
                .await?;
            self.kept.push(id);
        }
        // A wish to forget that one of them brought concerns the others too.
        for (book, _) in &self.into.books {
            book.take_forgets().await?;
        }
        Ok(std::mem::take(&mut self.kept))
    }

    /// The transaction of a book. Before it begins, those of later books end: every program locks the
    /// books in one order, so that no two wait for each other.
    async fn arriving(&mut self, place: usize) -> Result<&mut Arriving<'a>, Error> {
        if self.books.get(place).is_some_and(Option::is_none) {
            self.end_from(place).await?;
        }
        let book = self.into.books.get(place);
        match (self.books.get_mut(place), book) {
            (Some(Some(arriving)), _) => Ok(arriving),
            (Some(begun), Some((book, _))) => {
                Ok(begun.insert(book.arriving(self.source, self.action, None).await?))
            }
            _ => Err(Error::Interrupted),
        }
    }

    /// Commits the transactions of the books from this place on.
    async fn end_from(&mut self, place: usize) -> Result<(), Error> {
        for (arriving, (book, _)) in self.books.iter_mut().zip(&self.into.books).skip(place) {
            if let Some(arriving) = arriving.take() {
                arriving.commit_rows().await?;
                self.committed.push(book);
            }
        }
        Ok(())
    }

    fn is_proof(&self, words: &str) -> bool {
        let mut keys = self.mac_keys.iter();
        keys.any(|key| build_tag::holds(key, words))
    }
}
