import java.io.FileInputStream;
import java.io.InputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Prints one line per file and flavour, then one per failed rule: "<flavour> <compliant> <file>", "  <clause> <message>". */
public final class Validate {
  public static void main(String[] args) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    for (int index = 1; index < args.length; index++) {
      for (String name : args[0].split(",")) {
        PDFAFlavour flavour = PDFAFlavour.byFlavourId(name);
        try (InputStream bytes = new FileInputStream(args[index]);
            PDFAParser parser = Foundries.defaultInstance().createParser(bytes, flavour);
            PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, 20, false, false, false)) {
          ValidationResult result = validator.validate(parser);
          System.out.println(name + " " + result.isCompliant() + " " + args[index]);
          for (TestAssertion failed : result.getTestAssertions()) {
            if (failed.getStatus() == TestAssertion.Status.FAILED) {
              System.out.println("  " + failed.getRuleId().getClause() + "-" + failed.getRuleId().getTestNumber()
                  + " " + failed.getMessage() + " at " + failed.getLocation().getContext());
            }
          }
        }
      }
    }
  }
}
