//! The steps of a purchase, as `impl` blocks of the machine: each takes the event of its stage, does what follows
//! from it, and asks for the next.

mod ask;
mod consult;
mod judge;
mod prepare;
mod reserve;
mod resume;
mod select;
mod sign;
mod taken;
mod trouble;

pub(super) use select::Offers;
