//! Transcripts of tickets, in each form.

mod exporting;
mod http;
