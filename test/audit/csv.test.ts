// Answers as CSV: every spreadsheet and every parser reads the same text, and nothing in it is run.
import * as assert from 'uvu/assert'
import { toCsv } from '../../src/audit/csv.ts'
import { attacks } from '../attacks.ts'
import { suite, table } from '../suite.ts'

const test = suite('CSV')

table<[given: string, field: string]>(
  test,
  {
    'a plain field stays as it is': ['projects/prod-eu', 'projects/prod-eu'],
    'a comma is quoted': ['a,b', '"a,b"'],
    'a quote is doubled': ['say "yes"', '"say ""yes"""'],
    'a line break is quoted': ['a\nb', '"a\nb"'],
    'spaces at an end are quoted, because some parsers drop them': ['a ', '"a "'],
    'an empty field stays empty': ['', ''],
    'a sign inside is no formula': ['dana+x@example.com', 'dana+x@example.com'],
  },
  ([given, field]) => assert.is(toCsv([[given, 'x']]), `${field},x\r\n`),
)

attacks(
  test,
  {
    "a reason begins like a formula … '=1+1": '=1+1',
    "a name begins with a plus … '+1": '+1',
    "a name begins with a minus … '-1": '-1',
    "a name begins with an at sign … '@SUM(1)": '@SUM(1)',
    "a formula is behind a space … ' =1": ' =1',
    "a formula is behind a tab … '\t=1": '\t=1',
    'a formula is behind a line break … "\'\n=1"': '\n=1',
    "a formula is in full-width letters … '＝1": '＝1',
    'a name moves the cursor and turns the direction … a?[2Kb?c?': 'a\u001B[2Kb\u202Ec\u009B',
    'a formula is in quotes … """=1"""': '"=1"',
  },
  given => toCsv([[given]]).replace(/\r\n$/, ''),
)

test.run()
