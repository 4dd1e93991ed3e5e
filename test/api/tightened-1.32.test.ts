// Objects of the last release under the current schemas, on Kubernetes 1.32.
import { staysWritableOn } from './tightened.ts'

const test = await staysWritableOn('1.32')
test.run()
