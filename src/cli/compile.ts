// Loads what the three processes load, and ends. Where an image is made, NODE_COMPILE_CACHE says where what is compiled is
// kept, so that no pod compiles it again (nodejs.org/api/module.html#module-compile-cache).
import '../app/auth.ts'
import '../app/controller.ts'
import '../app/gateway.ts'
import '../app/run.ts'
import './outcome.ts'
