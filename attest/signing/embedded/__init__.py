"""An embedded Sigstore: certificate authority with SCT, time-stamp authority, OIDC issuer, log keys, trust files."""
