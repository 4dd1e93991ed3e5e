// Loads the modules of the three processes, and ends. In an image build NODE_COMPILE_CACHE names the folder for the
// compiled code, so that pods need not compile it again (nodejs.org/api/module.html#module-compile-cache).
import '../app/auth.ts'
import '../app/controller.ts'
import '../app/gateway.ts'
import '../app/run.ts'
import './outcome.ts'
