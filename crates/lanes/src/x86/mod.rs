//! The paths of x86-64 processors; which of them there are is asked at run time.

pub mod avx2;
pub mod avx512;
pub mod sha_ni;
