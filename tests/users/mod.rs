//! Managing users, by the API and by the command line.

mod app_server;
mod command_line;
