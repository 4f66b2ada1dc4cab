using System.Runtime.CompilerServices;
using System.Text;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Reads <c>spiece.model</c>: sentencepiece's <c>ModelProto</c> (src/sentencepiece_model.proto) in protobuf wire format.
/// </summary>
internal static class SentencePieceModelFile
{
    private const string PieceExpected = "piece (1), score (2) and type (3)";

    /// <summary>Reads a model.</summary>
    /// <param name="file">File named in errors.</param>
    /// <param name="data">Its content.</param>
    /// <exception cref="TokenizerFormatException">The content is damaged or not a Unigram model.</exception>
    public static TokenizerDefinition Read(string file, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            throw new TokenizerFormatException(file, "", "an empty file", "a SentencePiece model");
        }

        var pieces = new PieceList(file);
        var trainer = new Trainer();
        var normalizer = new NormalizerOptions();
        ReadOnlySpan<byte> charsMap = default;
        int charsMapOffset = 0;

        var reader = new ProtobufReader(file, data);
        while (reader.Next(out int field, out ProtobufReader.Wire wire))
        {
            if (field is not (1 or 2 or 3 or 5))
            {
                reader.Skip(wire);
                continue;
            }

            reader.Require(field == 1 ? PieceExpected : "a message", wire, ProtobufReader.Wire.Bytes);
            ReadOnlySpan<byte> message = reader.Bytes();
            int start = reader.Offset - message.Length;
            switch (field)
            {
                case 1:
                    ReadPiece(pieces, message, start);
                    break;
                case 2:
                    ReadTrainer(file, message, start, ref trainer);
                    break;
                case 3:
                    normalizer = ReadNormalizer(file, message, start, normalizer, ref charsMap, ref charsMapOffset);
                    break;
                default:
                    RefuseDenormalizer(file, message, start);
                    break;
            }
        }

        if (pieces.Count == 0)
        {
            throw new TokenizerFormatException(file, "", "no pieces", "a SentencePiece model with a vocabulary");
        }

        return new TokenizerDefinition
        {
            Pieces = pieces,
            Normalizer = normalizer with { WhitespaceAsSuffix = trainer.WhitespaceAsSuffix },
            CharsMap = charsMap.IsEmpty ? null : PrecompiledCharsMap.Read(file, $"byte {charsMapOffset} (charsmap)", charsMap),
            ByteFallback = trainer.ByteFallback,
            UnknownSurface = trainer.UnknownSurface ?? " \u2047 ",
            EndOfSequencePiece = trainer.EndOfSequencePiece ?? "</s>",
            PadPiece = trainer.PadPiece ?? "<pad>",
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ReadPiece(PieceList pieces, ReadOnlySpan<byte> message, int start)
    {
        ReadOnlySpan<byte> piece = default;
        float score = 0;
        ulong type = (ulong)PieceType.Normal;
        var reader = new ProtobufReader(pieces.File, message, start);
        while (reader.Next(out int field, out ProtobufReader.Wire wire))
        {
            switch (field)
            {
                case 1:
                    reader.Require("a piece's text", wire, ProtobufReader.Wire.Bytes);
                    piece = reader.Bytes();
                    break;
                case 2:
                    reader.Require("a piece's score", wire, ProtobufReader.Wire.Fixed32);
                    score = reader.Single();
                    break;
                case 3:
                    reader.Require("a piece's type", wire, ProtobufReader.Wire.Varint);
                    type = reader.Varint();
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        var place = new PiecePlace(start);
        if (type is < (ulong)PieceType.Normal or > (ulong)PieceType.Byte)
        {
            throw pieces.Error(place, $"piece type {type}", "1 to 6");
        }

        pieces.Add(piece, score, (PieceType)type, place);
    }

    private static void ReadTrainer(string file, ReadOnlySpan<byte> message, int start, ref Trainer trainer)
    {
        var reader = new ProtobufReader(file, message, start);
        while (reader.Next(out int field, out ProtobufReader.Wire wire))
        {
            int at = reader.Offset;
            switch (field)
            {
                case 3:
                    ulong type = ReadNumber(ref reader, "the model type", wire);
                    if (type != 1)
                    {
                        string name = type switch { 2 => " (BPE)", 3 => " (WORD)", 4 => " (CHAR)", _ => "" };
                        throw new TokenizerFormatException(file, $"byte {at}", $"model type {type}{name}", "1 (UNIGRAM), the only one supported");
                    }

                    break;
                case 24:
                    trainer.WhitespaceAsSuffix = ReadNumber(ref reader, "treat_whitespace_as_suffix", wire) != 0;
                    break;
                case 35:
                    trainer.ByteFallback = ReadNumber(ref reader, "byte_fallback", wire) != 0;
                    break;
                case 44:
                    trainer.UnknownSurface = ReadText(file, ref reader, "unk_surface", wire);
                    break;
                case 47:
                    trainer.EndOfSequencePiece = ReadText(file, ref reader, "eos_piece", wire);
                    break;
                case 48:
                    trainer.PadPiece = ReadText(file, ref reader, "pad_piece", wire);
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }
    }

    private static NormalizerOptions ReadNormalizer(
        string file, ReadOnlySpan<byte> message, int start, NormalizerOptions options,
        ref ReadOnlySpan<byte> charsMap, ref int charsMapOffset)
    {
        var reader = new ProtobufReader(file, message, start);
        while (reader.Next(out int field, out ProtobufReader.Wire wire))
        {
            switch (field)
            {
                case 2:
                    reader.Require("precompiled_charsmap", wire, ProtobufReader.Wire.Bytes);
                    charsMap = reader.Bytes();
                    charsMapOffset = reader.Offset - charsMap.Length;
                    break;
                case 3:
                    options = options with { AddDummyPrefix = ReadNumber(ref reader, "add_dummy_prefix", wire) != 0 };
                    break;
                case 4:
                    options = options with { RemoveExtraWhitespaces = ReadNumber(ref reader, "remove_extra_whitespaces", wire) != 0 };
                    break;
                case 5:
                    options = options with { EscapeWhitespaces = ReadNumber(ref reader, "escape_whitespaces", wire) != 0 };
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        return options;
    }

    private static void RefuseDenormalizer(string file, ReadOnlySpan<byte> message, int start)
    {
        ReadOnlySpan<byte> charsMap = default;
        int offset = start;
        ReadNormalizer(file, message, start, new NormalizerOptions(), ref charsMap, ref offset);
        if (!charsMap.IsEmpty)
        {
            throw new TokenizerFormatException(file, $"byte {offset}", "a denormalizer with a charsmap", "none, as it is not supported");
        }
    }

    private static ulong ReadNumber(ref ProtobufReader reader, string name, ProtobufReader.Wire wire)
    {
        reader.Require(name, wire, ProtobufReader.Wire.Varint);
        return reader.Varint();
    }

    private static string ReadText(string file, ref ProtobufReader reader, string name, ProtobufReader.Wire wire)
    {
        reader.Require(name, wire, ProtobufReader.Wire.Bytes);
        ReadOnlySpan<byte> text = reader.Bytes();
        return System.Text.Unicode.Utf8.IsValid(text)
            ? Encoding.UTF8.GetString(text)
            : throw new TokenizerFormatException(file, $"byte {reader.Offset - text.Length}", $"{name} that is not valid UTF-8", "valid UTF-8");
    }

    private struct Trainer
    {
        public bool WhitespaceAsSuffix;
        public bool ByteFallback;
        public string? UnknownSurface;
        public string? EndOfSequencePiece;
        public string? PadPiece;
    }
}
