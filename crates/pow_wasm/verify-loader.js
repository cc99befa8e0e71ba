// A worker before it has its wasm: the page compiles that once and posts it to every worker.
import init from "./verify-worker.js";

onmessage = ({ data }) => {
  onmessage = null;
  // A rejected promise would not reach the page; an error that nobody caught does.
  init({ module_or_path: data }).catch((error) => setTimeout(() => { throw error; }));
};
