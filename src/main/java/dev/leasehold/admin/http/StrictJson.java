package dev.leasehold.admin.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Reads a body as a tree and refuses what would be read differently by two readers: other encodings than UTF-8, a field
 * named twice, anything behind the end. Depth and lengths are bounded before memory is taken.
 */
public final class StrictJson {

    /** Deepest nesting of arrays and objects. */
    public static final int DEEPEST = 100;

    private static final int LONGEST_STRING = 16 * 1024 * 1024;
    private static final int LONGEST_NAME = 1024;
    private static final int LONGEST_NUMBER = 400;

    /** PostgreSQL's numeric goes further; nothing that a person means does. */
    private static final int LARGEST_EXPONENT = 1000;

    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxStringLength(LONGEST_STRING)
                            .maxNameLength(LONGEST_NAME)
                            .maxNumberLength(LONGEST_NUMBER)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private StrictJson() {}

    /**
     * The tree of a body.
     *
     * @throws ProblemException (400) when it cannot be read
     */
    public static JsonNode read(byte[] body) {
        String text = utf8(body);
        try {
            JsonNode tree = MAPPER.readTree(text);
            if (tree == null || tree.isMissingNode()) {
                throw bad("the body is empty");
            }
            return tree;
        } catch (MismatchedInputException e) {
            throw bad("something follows the end of the JSON value");
        } catch (JsonProcessingException e) {
            throw bad(where(e.getLocation()) + firstLine(e.getOriginalMessage()));
        }
    }

    private static String utf8(byte[] body) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            throw bad("the body is not UTF-8");
        }
    }

    private static String where(JsonLocation location) {
        return location == null ? "" : "line " + location.getLineNr() + ", column " + location.getColumnNr() + ": ";
    }

    /** Jackson's message without its note on where the source would stand if it were shown. */
    private static String firstLine(String message) {
        return message.lines()
                .findFirst()
                .orElse("")
                .replaceAll(" ?\\((start marker )?at \\[Source: .*", "")
                .strip();
    }

    private static ProblemException bad(String detail) {
        return new ProblemException(ErrorCode.BAD_JSON, detail);
    }

    /** Finds what jsonb cannot hold: NUL characters, halves of surrogate pairs, numbers beyond all measure. */
    public static void checkStorable(JsonNode value, String path, Faults faults) {
        if (value.isTextual()) {
            checkText(value.textValue(), path, faults);
        } else if (value.isBigDecimal()) {
            int exponent =
                    value.decimalValue().precision() - value.decimalValue().scale();
            if (Math.abs((long) exponent) > LARGEST_EXPONENT) {
                faults.add(path, "the number is out of range");
            }
        } else if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                checkStorable(value.get(i), path + "[" + i + "]", faults);
            }
        } else if (value.isObject()) {
            for (Map.Entry<String, JsonNode> field : value.properties()) {
                checkText(field.getKey(), path, faults);
                checkStorable(field.getValue(), path + "." + field.getKey(), faults);
            }
        }
    }

    /** Finds characters that PostgreSQL's text cannot hold; false when there were any. */
    public static boolean checkText(String text, String path, Faults faults) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                faults.add(path, "the character U+0000 cannot be stored");
                return false;
            }
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    faults.add(path, "half of a surrogate pair at character " + i);
                    return false;
                }
                i++;
            }
        }
        return true;
    }
}
