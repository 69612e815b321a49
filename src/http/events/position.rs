//! Positions as a stream's ids: `epoch:public:internal`, without the last part for those who see no
//! internal stream.

use std::fmt;

use crate::{
    domain::{Position, Stream, Visible},
    protocol::objects::Since,
};

/// What comes after an event with this id is what comes behind this position.
pub(super) struct EventId<'a> {
    pub(super) epoch: &'a str,
    pub(super) position: Position,
    pub(super) visible: Visible,
}

impl fmt::Display for EventId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.epoch, self.position.public)?;
        if self.visible.includes(Stream::Internal) {
            write!(f, ":{}", self.position.internal)?;
        }
        Ok(())
    }
}

/// The epoch and the position of an id.
pub(super) fn parse(id: &str) -> Option<(String, Since)> {
    let (epoch, numbers) = id.split_once(':')?;
    let (public, internal) = match numbers.split_once(':') {
        Some((public, internal)) => (public, Some(internal)),
        None => (numbers, None),
    };
    let internal = internal.map(str::parse).transpose().ok()?;
    Some((epoch.to_owned(), Since { public: Some(public.parse().ok()?), internal }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(visible: Visible) -> String {
        EventId { epoch: "e-1", position: Position { public: 5, internal: 2 }, visible }.to_string()
    }

    #[test]
    fn an_id_tells_the_position_to_those_who_see_it() {
        assert_eq!(id(Visible::Both), "e-1:5:2");
        assert_eq!(id(Visible::PublicOnly), "e-1:5");
    }

    #[test]
    fn an_id_is_read_as_it_was_written() {
        for (visible, internal) in [(Visible::Both, Some(2)), (Visible::PublicOnly, None)] {
            let (epoch, since) = parse(&id(visible)).unwrap();
            assert_eq!((&*epoch, since.public, since.internal), ("e-1", Some(5), internal));
        }
    }

    #[test]
    fn what_is_no_id_is_not_read() {
        for bad in ["", "e", "e:", "e:-1", "e:1:", "e:1:2:3", "e:1:x", "e:99999999999999999999", "e: 1"] {
            assert!(parse(bad).is_none(), "{bad:?}");
        }
    }
}
