//! Terms beyond price.
