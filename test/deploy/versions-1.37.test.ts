// The base on Kubernetes 1.37.
import { holdsOn } from './versions.ts'

const test = await holdsOn('1.37')
test.run()
