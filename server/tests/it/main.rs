//! The server as a whole: started in-process on free ports, or as the real binary where it is killed.

mod api;
mod bad_input;
mod binary;
mod client;
mod command_line;
mod kill;
mod machine;
mod money;
mod pool_trouble;
mod test_app;
mod verdict;
