//! `deskwire token`: prints a token that this server accepts.
//!
//! Owns the arguments, and that standard output contains only the token. Does not sign: `auth` does.

use std::{io::Write, time::Duration};

use clap::{Args, builder::PossibleValuesParser, builder::TypedValueParser};
use strum::VariantArray;

use super::{CliError, secret::signing_secret};
use crate::{
    app::claim_names,
    auth::{SignError, Signer},
    config::Settings,
    domain::{Clock, Role, Secret, Timestamp, UserId},
};

/// Arguments of `token`.
#[derive(Args)]
pub struct TokenArgs {
    /// The user's id, 1 to 128 characters
    #[arg(long, value_name = "ID")]
    pub sub: UserId,
    /// The user's name [default: the id]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The user's role
    #[arg(long, default_value = "customer", value_parser = role())]
    pub role: Role,
    /// Lifetime of the token, such as 90s, 12h or 30d
    #[arg(long, value_name = "DURATION", default_value = "1d", value_parser = ttl)]
    pub ttl: Duration,
}

/// Parser of a role's name.
pub(super) fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::VARIANTS.iter().map(|it| it.as_str()))
        .map(|name| name.parse().unwrap_or_default())
}

fn ttl(text: &str) -> Result<Duration, String> {
    let ttl =
        humantime::parse_duration(text).map_err(|error| format!("{error}; write it like 12h or 30d"))?;
    if ttl < Duration::from_secs(1) {
        return Err("a token needs a lifetime of at least 1s".to_owned());
    }
    Ok(ttl)
}

pub(super) fn run(args: &TokenArgs, settings: &Settings, out: &mut impl Write) -> Result<(), CliError> {
    let secret = signing_secret(settings)?;
    let token = sign(args, settings, &secret, Clock::system().now()).map_err(CliError::failed("signing"))?;
    writeln!(out, "{token}")?;
    Ok(())
}

fn sign(args: &TokenArgs, settings: &Settings, secret: &Secret, now: Timestamp) -> Result<String, SignError> {
    let signer = Signer::hs256(secret, claim_names(settings), settings.auth.jwt_audience.clone());
    signer.sign(&args.sub, args.name.as_deref(), args.role, args.ttl, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_read_as_people_write_it() {
        assert_eq!(ttl("30d").unwrap(), Duration::from_secs(30 * 86_400));
        assert_eq!(ttl("1h 30m").unwrap(), Duration::from_secs(5_400));
        assert!(ttl("0s").is_err());
        assert!(ttl("soon").unwrap_err().contains("30d"));
    }
}
