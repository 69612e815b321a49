//! How much a peer may send at once, what it holds of the memory budget, and what was not passed on.
//!
//! Owns the state that a connection and the guard on its bytes share, on one thread. Does not know frames.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use crate::guard::BudgetShare;

/// Why a message was not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectedFrame {
    /// Over the connection's limit: the connection is to be closed.
    TooLarge,
    /// The process-wide budget is spent: the message is lost, the connection goes on.
    Overloaded,
    /// Not a frame that a client may send: the connection is to be closed.
    Malformed,
}

/// Called for each message that was not passed on.
type Listener = Box<dyn Fn(RejectedFrame)>;

/// What the guard on a connection's bytes shares with the connection.
pub struct InboundLimits {
    /// The most bytes of one message, all fragments together.
    pub message_bytes: Cell<usize>,
    /// Whether anything arrived since the last heartbeat, which takes the sign.
    pub heard: Cell<bool>,
    /// What is held of the memory budget.
    pub share: BudgetShare,
    listener: RefCell<Option<Listener>>,
}

impl InboundLimits {
    /// A connection that may send messages of at most `limit` bytes, for which `share` pays.
    pub fn new(limit: usize, share: BudgetShare) -> Rc<Self> {
        Rc::new(Self {
            message_bytes: Cell::new(limit),
            heard: Cell::new(false),
            share,
            listener: RefCell::new(None),
        })
    }

    /// Sets what is called for each message that is not passed on. There is one listener.
    pub fn on_rejected(&self, tell: impl Fn(RejectedFrame) + 'static) {
        *self.listener.borrow_mut() = Some(Box::new(tell));
    }

    pub(super) fn reject(&self, rejected: RejectedFrame) {
        if let Some(tell) = &*self.listener.borrow() {
            tell(rejected);
        }
    }
}
