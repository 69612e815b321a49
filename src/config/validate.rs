//! What settings must be to each other.
//!
//! Owns the rules over more than one key; a value by itself was checked before.

use std::{fs::File, path::Path};

use config::{Config, Value};

use super::{Problem, Settings, TokenSource, layers::DEFAULT};

/// What is wrong with the combination.
pub(super) fn problems(settings: &Settings, merged: &Config) -> Vec<Problem> {
    let checks =
        [one_token_key(settings, merged), public_needs_key(settings, merged), frame_bounds(settings, merged)];
    checks.into_iter().flatten().chain(unreadable_files(settings, merged)).collect()
}

/// What is fine but hardly meant.
pub(super) fn warnings(settings: &Settings) -> Vec<String> {
    let bounds = &settings.bounds;
    let inline = bounds.attachment_bytes.div_ceil(3).saturating_mul(4);
    let mut warnings = Vec::new();
    if bounds.attachments > 0 && inline > bounds.frame_bytes {
        warnings.push(format!(
            "an attachment of `bounds.attachment_bytes` ({}) takes {inline} bytes in base64 and does not fit in \
             `bounds.frame_bytes` ({}): larger ones can only be uploaded over HTTP",
            bounds.attachment_bytes, bounds.frame_bytes
        ));
    }
    warnings
}

fn origin(merged: &Config, key: &str) -> String {
    merged
        .get::<Value>(key)
        .ok()
        .and_then(|value| value.origin().map(str::to_owned))
        .unwrap_or(DEFAULT.to_owned())
}

fn named(merged: &Config, key: &str) -> String {
    format!("`{key}` ({})", origin(merged, key))
}

fn one_token_key(settings: &Settings, merged: &Config) -> Option<Problem> {
    let auth = &settings.auth;
    let set: Vec<String> = [
        ("jwt_secret", auth.jwt_secret.is_some()),
        ("jwt_public_key_file", auth.jwt_public_key_file.is_some()),
        ("jwt_jwks_file", auth.jwt_jwks_file.is_some()),
    ]
    .into_iter()
    .filter(|(_, set)| *set)
    .map(|(key, _)| named(merged, key))
    .collect();
    let message = || {
        format!("{} are set together: tokens are verified with one of them, so keep one", set.join(" and "))
    };
    (set.len() > 1).then(|| Problem::Combination(message()))
}

fn public_needs_key(settings: &Settings, merged: &Config) -> Option<Problem> {
    let bare = !settings.network.is_loopback() && settings.token_source() == TokenSource::Development;
    bare.then(|| {
        Problem::Combination(format!(
            "{} is {}, which other machines can reach, so a token key is required: set `jwt_secret` \
             (DESKWIRE_JWT_SECRET) to at least 32 random bytes, or `jwt_public_key_file`, or `jwt_jwks_file`",
            named(merged, "listen"),
            settings.network.listen
        ))
    })
}

fn frame_bounds(settings: &Settings, merged: &Config) -> Option<Problem> {
    let bounds = &settings.bounds;
    let above = |key: &str, value: usize, limit_key: &str, limit: usize| {
        (value > limit).then(|| {
            Problem::Combination(format!(
                "{} is {value}: expected at most {}, which is {limit}",
                named(merged, key),
                named(merged, limit_key)
            ))
        })
    };
    above(
        "bounds.unauthenticated_frame_bytes",
        bounds.unauthenticated_frame_bytes,
        "bounds.frame_bytes",
        bounds.frame_bytes,
    )
    .or_else(|| above("bounds.frame_bytes", bounds.frame_bytes, "bounds.inbound_bytes", bounds.inbound_bytes))
}

fn unreadable_files(settings: &Settings, merged: &Config) -> Vec<Problem> {
    let unreadable = |key: &'static str, path: Option<&Path>| {
        let error = path.and_then(|path| File::open(path).err())?;
        Some(Problem::Value {
            key: key.to_owned(),
            origin: origin(merged, key),
            found: format!("cannot be read ({error})"),
            expected: "the path of a readable file".to_owned(),
        })
    };
    let auth = &settings.auth;
    [
        unreadable("jwt_public_key_file", auth.jwt_public_key_file.as_deref()),
        unreadable("jwt_jwks_file", auth.jwt_jwks_file.as_deref()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
