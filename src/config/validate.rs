//! Checks of combinations of settings.
//!
//! Owns the rules over more than one key. Does not check single values: `validators` and `value` do.

use std::{fs::File, path::Path};

use super::{Problem, Settings, TokenSource, sources::Layer};

/// Problems of combinations, and key files that cannot be read.
pub(super) fn problems(settings: &Settings, set: &Layer) -> Vec<Problem> {
    let checks = [
        one_token_key(settings, set),
        public_needs_key(settings, set),
        secrets_apart(settings, set),
        frame_bounds(settings, set),
    ];
    checks.into_iter().flatten().chain(unreadable_files(settings, set)).collect()
}

/// Warnings about valid settings with a likely mistake.
pub(super) fn warnings(settings: &Settings) -> Vec<String> {
    let bounds = &settings.bounds;
    let inline = bounds.attachment_bytes.div_ceil(3).saturating_mul(4);
    let mut warnings = Vec::new();
    if settings.widget.identity_secret.is_some() && !settings.widget.widget_sessions {
        warnings.push("`identity_secret` is set but unused, because `widget_sessions` is off".to_owned());
    }
    if bounds.attachments > 0 && inline > bounds.frame_bytes {
        warnings.push(format!(
            "an attachment of `bounds.attachment_bytes` ({}) takes {inline} bytes in base64 and does not fit in \
             `bounds.frame_bytes` ({}): larger ones can only be uploaded over HTTP",
            bounds.attachment_bytes, bounds.frame_bytes
        ));
    }
    warnings
}

fn named(set: &Layer, key: &str) -> String {
    format!("`{key}` ({})", set.origin(key))
}

fn one_token_key(settings: &Settings, set: &Layer) -> Option<Problem> {
    let auth = &settings.auth;
    let keys: Vec<String> = [
        ("jwt_secret", auth.jwt_secret.is_some()),
        ("jwt_public_key_file", auth.jwt_public_key_file.is_some()),
        ("jwt_jwks_file", auth.jwt_jwks_file.is_some()),
    ]
    .into_iter()
    .filter(|(_, is_set)| *is_set)
    .map(|(key, _)| named(set, key))
    .collect();
    let message =
        || format!("{} are set together: set only one of them to verify tokens", keys.join(" and "));
    (keys.len() > 1).then(|| Problem::Combination(message()))
}

/// Requires two different secrets: a server that signs for visitors must not sign for agents.
fn secrets_apart(settings: &Settings, set: &Layer) -> Option<Problem> {
    let identity = settings.widget.identity_secret.as_ref()?;
    (settings.auth.jwt_secret.as_ref() == Some(identity)).then(|| {
        Problem::Combination(format!(
            "{} and {} are equal: expected two different secrets, because the latter signs tokens of any user",
            named(set, "identity_secret"),
            named(set, "jwt_secret")
        ))
    })
}

fn public_needs_key(settings: &Settings, set: &Layer) -> Option<Problem> {
    let bare = !settings.network.is_loopback() && settings.token_source() == TokenSource::Development;
    bare.then(|| {
        Problem::Combination(format!(
            "{} is {}, which other machines can reach, so a token key is required: set `jwt_secret` \
             (DESKWIRE_JWT_SECRET) to at least 32 random bytes, or `jwt_public_key_file`, or `jwt_jwks_file`",
            named(set, "listen"),
            settings.network.listen
        ))
    })
}

fn frame_bounds(settings: &Settings, set: &Layer) -> Option<Problem> {
    let bounds = &settings.bounds;
    let above = |key: &str, value: usize, limit_key: &str, limit: usize| {
        (value > limit).then(|| {
            Problem::Combination(format!(
                "{} is {value}: expected at most {}, which is {limit}",
                named(set, key),
                named(set, limit_key)
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

fn unreadable_files(settings: &Settings, set: &Layer) -> Vec<Problem> {
    let unreadable = |key: &'static str, path: Option<&Path>| {
        let error = path.and_then(|path| File::open(path).err())?;
        Some(Problem::Value {
            key: key.to_owned(),
            origin: set.origin(key).to_owned(),
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
