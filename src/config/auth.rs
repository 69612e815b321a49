//! Settings for verifying tokens: the keys `jwt_*`.
//!
//! Owns the choice among the three kinds of key. Does not read key files or tokens.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::Secret;

/// Settings of tokens. At most one of the three kinds of key is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Auth {
    /// Secret of HS256 tokens, at least 32 bytes.
    #[serde(default, skip_serializing)]
    pub jwt_secret: Option<Secret>,
    /// Path of a PEM file with the public key of RS256, ES256 or EdDSA tokens.
    #[serde(default)]
    pub jwt_public_key_file: Option<PathBuf>,
    /// Path of a JSON Web Key Set (RFC 7517).
    #[serde(default)]
    pub jwt_jwks_file: Option<PathBuf>,
    /// `aud` that every token must name. Without it, a token with `aud` is refused.
    #[serde(default)]
    pub jwt_audience: Option<String>,
    /// Names of the claims.
    #[serde(default)]
    pub jwt_claims: Claims,
}

/// Names of the claims that describe the user of a token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Claims {
    /// Claim with the user's id. Default: `sub`.
    pub id: String,
    /// Claim with the user's name. Default: `name`.
    pub name: String,
    /// Claim with the user's role. Default: `role`.
    pub role: String,
}

impl Default for Claims {
    fn default() -> Self {
        Self { id: "sub".to_owned(), name: "name".to_owned(), role: "role".to_owned() }
    }
}

/// Key for verifying tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenSource<'a> {
    /// HS256 with this secret.
    Secret(&'a Secret),
    /// RS256, ES256 or EdDSA with the public key in this file.
    PublicKeyFile(&'a Path),
    /// Keys of the key set in this file.
    JwksFile(&'a Path),
    /// HS256 with a generated secret that is kept in `data_dir`; see
    /// [`development_secret`](super::development_secret). Only on loopback addresses.
    Development,
}

impl Auth {
    /// Configured key, or the development secret if none is configured.
    pub fn token_source(&self) -> TokenSource<'_> {
        if let Some(secret) = &self.jwt_secret {
            TokenSource::Secret(secret)
        } else if let Some(file) = &self.jwt_public_key_file {
            TokenSource::PublicKeyFile(file)
        } else if let Some(file) = &self.jwt_jwks_file {
            TokenSource::JwksFile(file)
        } else {
            TokenSource::Development
        }
    }
}
