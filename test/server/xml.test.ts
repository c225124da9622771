import assert from 'node:assert/strict'
import test from 'node:test'
import { childText, element, escapeXml, parseXml, textElement } from '../../src/server/xml.ts'

test('text is escaped, control characters as references', () => {
  assert.equal(escapeXml(''), '')
  assert.equal(escapeXml('<a href="x">\'&\u0001\r'), '&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#x1;&#xd;')
})

test('elements nest; one without text is nothing', () => {
  assert.equal(element('A', textElement('B', 'x<'), textElement('C', 0), textElement('D', undefined)), '<A><B>x&lt;</B><C>0</C></A>')
})

const bytes = (text: string): Buffer => Buffer.from(text)
const good: [name: string, source: string, text: string][] = [
  ['an empty element', '<r><k></k></r>', ''],
  ['an element that closes itself', '<r><k/></r>', ''],
  ['references', '<r><k>&lt;&amp;&#65;&#x1F600;</k></r>', '<&A😀'],
  ['CDATA', '<r><k><![CDATA[<&amp;]]></k></r>', '<&amp;'],
  ['a declaration, a namespace, a comment', '<?xml version="1.0"?>\n<!-- a -->\n<r xmlns="x" y=\'z\'>\n <k>v</k>\n</r>\n', 'v'],
]
for (const [name, source, text] of good) test(`reads ${name}`, () => { assert.equal(childText(parseXml(bytes(source)), 'k'), text) })

const bad: [name: string, source: string][] = [
  ['nothing', ''], ['only text', 'abc'], ['no end', '<r>'], ['the wrong end', '<r></s>'], ['two roots', '<r/><r/>'], ['text after the root', '<r/>x'],
  ['a document type', '<!DOCTYPE r [<!ENTITY e "x">]><r>&e;</r>'], ['an entity of its own', '<r>&e;</r>'], ['a bare ampersand', '<r>a & b</r>'],
  ['a code point beyond Unicode', '<r>&#x110000;</r>'], ['an attribute without quotes', '<r a=b/>'], ['endless depth', '<a>'.repeat(50)],
]
for (const [name, source] of bad) test(`refuses ${name}`, () => { assert.throws(() => parseXml(bytes(source)), { code: 'MalformedXML' }) })

test('refuses bytes that are not UTF-8', () => { assert.throws(() => parseXml(Buffer.from([0x3c, 0x72, 0x3e, 0xff])), { code: 'MalformedXML' }) })
test('refuses a child that may be there once', () => { assert.throws(() => childText(parseXml(bytes('<r><k/><k/></r>')), 'k'), { code: 'MalformedXML' }) })
