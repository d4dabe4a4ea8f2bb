// Node-RED loads CommonJS; the node itself is an ES module, as all packages here are.
module.exports = async (RED) => {
  const { registerTesaStream } = await import("node-red-contrib-tesa");
  registerTesaStream(RED);
};
