//! The process of one node of an exercise: a real node over a store on the disk, a real network to its peers, and a conductor at its
//! standard input who says what time it is and what is to be done. It ends when that is closed, so that none outlives the conductor.

use super::cast::CastError;
use super::lines::{self, Line, LineError, Opening, Said, What};
use super::order::{OrderError, answer, appended, obey};
use crate::network::Refusal;
use crate::peer::paced::{Carried, Paced, PacedError};
use crate::store::{Durability, Store, StoreError};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use veche_ledger::{Hash, PartyId, UnixSeconds};

/// Why a process ends otherwise than it was told.
#[derive(Debug, thiserror::Error)]
pub enum PerformError {
    /// The conductor cannot be heard, or says what is not of the form.
    #[error("the conductor of the exercise cannot be understood: {0}")]
    Line(#[from] LineError),
    /// It ended before it said what this process is.
    #[error(
        "the conductor of the exercise said nothing: this command is for `veche exercise run --processes` alone"
    )]
    Nothing,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The node.
    #[error(transparent)]
    Cast(#[from] CastError),
    /// The network.
    #[error(transparent)]
    Network(#[from] PacedError),
    /// A name or a time is none.
    #[error("the conductor of the exercise says what is none: {0}")]
    Name(String),
}

impl PerformError {
    fn name(error: impl std::fmt::Display) -> Self {
        Self::Name(error.to_string())
    }

    const fn is_fatal(&self) -> bool {
        match self {
            Self::Network(error) => error.is_fatal(),
            Self::Line(_) | Self::Nothing | Self::Store(_) | Self::Cast(_) | Self::Name(_) => true,
        }
    }
}

/// Does what the conductor says until he says no more.
///
/// # Errors
/// [`PerformError`]. What could not be done is an answer to him.
pub fn perform(from: &mut impl BufRead, to: &mut impl Write) -> Result<(), PerformError> {
    let opening: Opening = lines::read(from)?.ok_or(PerformError::Nothing)?;
    let node = opening.cast.open(Store::open(&opening.store, Durability::Exercise)?)?;
    let paced = Paced::start(node, instant(&opening.now)?)?;
    lines::write(to, &Said::Done(json!({"address": paced.address().to_string()})))?;
    while let Some(line) = lines::read::<Line>(from)? {
        paced.set_time(instant(&line.now)?);
        let said = match done(&paced, line.what) {
            Ok(said) => said,
            Err(error) => Said::NotDone { what: error.to_string(), is_fatal: error.is_fatal() },
        };
        lines::write(to, &said)?;
    }
    Ok(())
}

fn instant(text: &str) -> Result<UnixSeconds, PerformError> {
    UnixSeconds::parse(text).map_err(PerformError::name)
}

fn party(name: &str) -> Result<PartyId, PerformError> {
    PartyId::parse(name).map_err(PerformError::name)
}

fn done(paced: &Paced, what: What) -> Result<Said, PerformError> {
    let nothing = Said::Done(Json::Null);
    match what {
        What::Clock => Ok(nothing),
        What::Order(order) => Ok(match paced.with(|node, now| obey(node, &order, now)) {
            Ok(answer) => Said::Done(answer),
            Err(OrderError::Node(error)) => return Err(PacedError::from(error).into()),
            Err(error) => Said::NotDone { what: error.to_string(), is_fatal: false },
        }),
        What::Ask(question) => Ok(match paced.with(|node, now| answer(node, &question, now)) {
            Ok(answer) => Said::Done(answer),
            Err(problem) => Said::Problem(problem),
        }),
        What::Peers(addresses) => {
            let read = |(name, address): (String, String)| Ok((party(&name)?, address));
            let addresses = addresses.into_iter().map(read);
            paced.set_addresses(addresses.collect::<Result<BTreeMap<_, _>, PerformError>>()?);
            Ok(nothing)
        }
        What::Cut(peers) => set_cut(paced, &peers, true).map(|()| nothing),
        What::Join(peers) => set_cut(paced, &peers, false).map(|()| nothing),
        What::Carry(to) => Ok(Said::Done(carried(&paced.carry(&party(&to)?)?))),
        What::Fetch(from) => {
            paced.fetch(&party(&from)?)?;
            Ok(nothing)
        }
        What::Close(procedure) => {
            let procedure = Hash::parse(&procedure).map_err(PerformError::name)?;
            let (closed, refusals) = paced.close(&procedure)?;
            let refusals: Vec<Json> = refusals.iter().map(refusal).collect();
            match closed {
                Ok(closed) => {
                    Ok(Said::Done(json!({"closed": appended(&closed), "refusals": refusals})))
                }
                Err(error) => {
                    let error = PacedError::from(error);
                    if error.is_fatal() {
                        return Err(error.into());
                    }
                    Ok(Said::Done(json!({"why": error.to_string(), "refusals": refusals})))
                }
            }
        }
        What::BackUp(file) => {
            let copy = Store::open(&file, Durability::Exercise)?;
            paced.with(|node, _| node.store().copy_to(copy)).map(drop)?;
            Ok(nothing)
        }
    }
}

fn set_cut(paced: &Paced, peers: &[String], is_cut: bool) -> Result<(), PerformError> {
    for peer in peers {
        paced.set_cut(&party(peer)?, is_cut);
    }
    Ok(())
}

fn carried(carried: &Carried) -> Json {
    let refusal = |(log, why): &(veche_ledger::Origin, String)| json!([log.to_string(), why]);
    json!({
        "has_carried": carried.has_carried,
        "has_more": carried.has_more,
        "refusals": carried.refusals.iter().map(refusal).collect::<Vec<_>>(),
    })
}

fn refusal((by, log, why): &Refusal) -> Json {
    json!([by.to_string(), log.to_string(), why])
}
