//! `deskwire backup` and `deskwire restore`, as an operator runs them.

mod damaged;
mod places;
mod support;
mod under_load;
