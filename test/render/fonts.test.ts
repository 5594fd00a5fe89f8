import { describe, expect, it } from "vitest";
import { FACES, typeface } from "../../src/render/pdf/fonts.ts";
import { printable } from "../../src/render/pdf/text.ts";

/** The letters that a language writes beside those of ASCII, capitals included. */
const LETTERS: Readonly<Record<string, string>> = {
  Albanian: "çëÇË",
  Azerbaijani: "əğıöşçüƏĞİÖŞÇÜ",
  Belarusian: "ёіўЁІЎабвгдежзйклмнопрстуфхцчшыьэюяАБВГДЕЖЗЙКЛМНОПРСТУФХЦЧШЫЬЭЮЯ",
  Bulgarian: "абвгдежзийклмнопрстуфхцчшщъьюяАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЬЮЯ",
  Catalan: "àçèéíïòóúü·ÀÇÈÉÍÏÒÓÚÜ",
  Croatian: "čćđšžČĆĐŠŽ",
  Czech: "áčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ",
  Danish: "æøåÆØÅ",
  Dutch: "áéíóúëïöüĳÁÉÍÓÚËÏÖÜĲ",
  Estonian: "äõöüšžÄÕÖÜŠŽ",
  Finnish: "äåöšžÄÅÖŠŽ",
  French: "àâæçéèêëîïôœùûüÿÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸ’",
  German: "äöüßÄÖÜẞ",
  Greek: "αάβγδεέζηήθιίϊΐκλμνξοόπρσςτυύϋΰφχψωώΑΆΒΓΔΕΈΖΗΉΘΙΊΪΚΛΜΝΞΟΌΠΡΣΤΥΎΫΦΧΨΩΏ",
  Hungarian: "áéíóöőúüűÁÉÍÓÖŐÚÜŰ",
  Icelandic: "áðéíóúýþæöÁÐÉÍÓÚÝÞÆÖ",
  Irish: "áéíóúÁÉÍÓÚ",
  Italian: "àèéìîòóùÀÈÉÌÎÒÓÙ",
  Latvian: "āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ",
  Lithuanian: "ąčęėįšųūžĄČĘĖĮŠŲŪŽ",
  Macedonian: "ѓѕјљњќџЃЅЈЉЊЌЏ",
  Maltese: "ċġħżàèìòùĊĠĦŻÀÈÌÒÙ",
  Norwegian: "æøåÆØÅ",
  Polish: "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ",
  Portuguese: "àáâãçéêíóôõúÀÁÂÃÇÉÊÍÓÔÕÚ",
  Romanian: "ăâîșțşţĂÂÎȘȚŞŢ",
  Russian: "ёйцукенгшщзхъфывапролджэячсмитьбюЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ",
  Serbian: "ђжљњћџчшЂЖЉЊЋЏЧШ",
  Slovak: "áäčďéíĺľňóôŕšťúýžÁÄČĎÉÍĹĽŇÓÔŔŠŤÚÝŽ",
  Slovene: "čšžČŠŽ",
  Spanish: "áéíñóúüÁÉÍÑÓÚÜ¿¡ºª",
  Swedish: "åäöéÅÄÖÉ",
  Turkish: "çğıöşüÇĞİÖŞÜâîûÂÎÛ",
  Ukrainian: "ґєіїҐЄІЇʼ’",
  Vietnamese:
    "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹĂÂĐÊÔƠƯẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ",
  Welsh: "âêîôûŵŷÂÊÎÔÛŴŶẁẃẅẀẂẄ",
};

describe.each(FACES)("the face %s", (face) => {
  it.each(Object.entries(LETTERS))("writes %s as it is", (_language, letters) => {
    expect(printable(letters, face)).toBe(letters);
    for (const letter of letters)
      expect(typeface(face).advance(letter.codePointAt(0) ?? 0)).toBeGreaterThan(0);
  });

  it.each([
    ["孙伟", "‹U+5B59›‹U+4F1F›"],
    ["כהן", "‹U+05DB›‹U+05D4›‹U+05DF›"],
    ["ნინო", "‹U+10DC›‹U+10D8›‹U+10DC›‹U+10DD›"],
  ])("names what it has no letter for, so that %s is not lost and not another", (name, shown) => {
    expect(printable(name, face)).toBe(shown);
  });
});
