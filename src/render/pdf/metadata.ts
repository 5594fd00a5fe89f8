/** What a document says about itself outside its pages. */
export interface DocumentInfo {
  readonly title: string;
  /** The instant the document speaks for; also its date of creation, so that the same evidence gives the same bytes. */
  readonly asOf: string;
  readonly producer: string;
}

const PDFUA = "http://www.aiim.org/pdfua/ns/id/";

/**
 * Declares PDF/UA-1. PDF/A allows a property outside its own list only with a description of the property's schema
 * (ISO 19005-3, 6.6.2.3).
 */
export const ACCESSIBILITY_XMP = `
        <rdf:Description rdf:about="" xmlns:pdfuaid="${PDFUA}">
            <pdfuaid:part>1</pdfuaid:part>
        </rdf:Description>
        <rdf:Description rdf:about=""
                xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
                xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
                xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
            <pdfaExtension:schemas>
                <rdf:Bag>
                    <rdf:li rdf:parseType="Resource">
                        <pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
                        <pdfaSchema:namespaceURI>${PDFUA}</pdfaSchema:namespaceURI>
                        <pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
                        <pdfaSchema:property>
                            <rdf:Seq>
                                <rdf:li rdf:parseType="Resource">
                                    <pdfaProperty:name>part</pdfaProperty:name>
                                    <pdfaProperty:valueType>Integer</pdfaProperty:valueType>
                                    <pdfaProperty:category>internal</pdfaProperty:category>
                                    <pdfaProperty:description>Part of ISO 14289</pdfaProperty:description>
                                </rdf:li>
                            </rdf:Seq>
                        </pdfaSchema:property>
                    </rdf:li>
                </rdf:Bag>
            </pdfaExtension:schemas>
        </rdf:Description>
        `;

/** pdfkit's information dictionary. */
export function documentInfo({ title, asOf, producer }: DocumentInfo): PDFKit.DocumentInfo {
  return {
    Title: withoutMarkup(title),
    Creator: producer,
    Producer: `${producer}, pdfkit`,
    CreationDate: new Date(asOf),
    ModDate: new Date(asOf),
  };
}

/** pdfkit copies the title into XML as it stands, so what XML would read as markup is written in words. */
function withoutMarkup(text: string): string {
  return text
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, " ")
    .replaceAll("&", " and ")
    .replace(/[<>]/g, " ")
    .replace(/ +/g, " ")
    .trim();
}
