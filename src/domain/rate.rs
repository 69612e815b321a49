//! The classes of commands that are rate-limited, and their default rates.
//!
//! Owns names and numbers; the counting is done in `guard`.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// Makes [`Class`] and [`Rates`] of one list: the class, its key in the settings (its name in lower case), its
/// default rate.
macro_rules! classes {
    ($($(#[$doc:meta])+ $class:ident = $key:ident, $per_second:literal, $burst:literal;)+) => {
        /// What a command is charged to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
        #[strum(serialize_all = "lowercase")]
        pub enum Class {
            $($(#[$doc])+ $class,)+
        }

        impl Class {
            /// The key in the settings, also the name in documents.
            pub fn as_str(self) -> &'static str {
                self.into()
            }

            /// The place in `Class::VARIANTS`.
            pub const fn index(self) -> usize {
                self as usize
            }
        }

        /// The rate of each class.
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #[expect(missing_docs, reason = "the fields are the classes, documented there")]
        pub struct Rates {
            $(pub $key: Rate,)+
        }

        impl Default for Rates {
            fn default() -> Self {
                Self { $($key: Rate { per_second: $per_second, burst: $burst },)+ }
            }
        }

        impl Rates {
            /// The same rate for every class.
            pub const fn all(rate: Rate) -> Self {
                Self { $($key: rate,)+ }
            }

            /// The rate of one class.
            pub const fn of(&self, class: Class) -> Rate {
                match class { $(Class::$class => self.$key,)+ }
            }
        }
    };
}

classes! {
    /// `authenticate`, and refused tokens on HTTP requests; counted per address.
    Auth = auth, 5.0, 50;
    /// Sending.
    Message = message, 10.0, 30;
    /// Typing on and off.
    Typing = typing, 5.0, 20;
    /// Joining and leaving rooms. A dashboard that reconnects joins all of its rooms at once.
    Join = join, 50.0, 500;
    /// Reading history.
    History = history, 10.0, 100;
    /// Opening and changing tickets.
    Ticket = ticket, 1.0, 20;
    /// Putting emojis under messages and taking them away.
    Reaction = reaction, 5.0, 30;
    /// Confirming what was delivered and read. A client confirms each message, in every room that it is in.
    Receipt = receipt, 50.0, 500;
    /// Searching.
    Search = search, 2.0, 10;
    /// Administering, over HTTP. A helpdesk's server acts for all of its users.
    Admin = admin, 50.0, 500;
    /// Beginning and renewing sessions of visitors; counted per address. An office behind one address
    /// opens many pages at once, and few a minute.
    Session = session, 0.5, 30;
    /// Everything else, undecodable frames and unknown commands included.
    Other = other, 10.0, 50;
}

/// A steady rate and how many may come at once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Commands a second in the long run; above 0, fractions allowed.
    pub per_second: f64,
    /// Commands at once; at least 1.
    pub burst: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_finds_itself_at_its_index_and_its_rate_at_its_key() {
        let rates = serde_json::to_value(Rates::default()).unwrap();
        assert_eq!(rates.as_object().unwrap().len(), Class::VARIANTS.len());
        for class in Class::VARIANTS {
            assert_eq!(Class::VARIANTS[class.index()], *class);
            let rate = serde_json::to_value(Rates::default().of(*class)).unwrap();
            assert_eq!(rates[class.as_str()], rate, "{}", class.as_str());
        }
    }
}
