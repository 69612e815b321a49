//! What each command does, one file a feature, and the stages that all of them pass.
//!
//! Owns the way from a command to the code that carries it out, which is made of the list of commands.

mod canned_responses;
mod connection;
pub(in crate::chat) mod content;
pub(in crate::chat) mod messages;
mod notifications;
pub(in crate::chat) mod paging;
mod participants;
pub(in crate::chat) mod pipeline;
mod queue;
mod ratings;
mod reactions;
mod receipts;
pub(in crate::chat) mod rooms;
mod search;
mod statuses;
mod tickets;
mod typing;

use self::pipeline::Call;
use super::Started;
use crate::protocol::{Command, WireError, catalogue::with_commands, spec::CommandSpec};

/// How a command is carried out.
pub(in crate::chat) trait Execute: CommandSpec {
    /// Carries it out, as far as [`Started`] says.
    fn execute(self, call: Call<'_>) -> impl Future<Output = Result<Started, WireError>>;
}

macro_rules! dispatch {
    ($($command:ident $(: $boxed:ident)?),+ $(,)?) => {
        /// Carries out a command. The futures of single commands are boxed: in small pieces the allocator uses
        /// the memory of one connection's command again for the next one's.
        pub(in crate::chat) async fn dispatch(call: Call<'_>, command: Command) -> Result<Started, WireError> {
            match command {
                $(Command::$command(it) => {
                    $(let it: $boxed<_> = it; let it = *it;)?
                    Box::pin(Execute::execute(it, call)).await
                })+
            }
        }
    };
}

with_commands!(dispatch);
