//! Assignment: how tickets find an agent, and what happens when one is gone.

mod assigning;
mod gone_agents;
