using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using Google.Protobuf;
using static Google.Protobuf.WireFormat;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Reads and writes <c>spiece.model</c>: sentencepiece's <c>ModelProto</c> (src/sentencepiece_model.proto).
/// </summary>
internal static class SentencePieceModelFile
{
    /// <summary>Reads a model.</summary>
    /// <param name="file">File named in errors.</param>
    /// <param name="data">Its content.</param>
    /// <exception cref="TokenizerFormatException">The content is damaged or not a Unigram model.</exception>
    public static TokenizerDefinition Read(string file, byte[] data)
    {
        TokenizerDefinition definition = new(file);
        if (data.Length == 0) throw definition.Error("", "an empty file", "a SentencePiece model");
        Message model = new(definition, data, 0, data.Length);
        while (model.Next())
        {
            switch (model.Field)
            {
                case 1:
                    ReadPiece(definition, model.Inner("a piece"));
                    break;
                case 2:
                    ReadTrainer(definition, model.Inner("the trainer's settings"));
                    break;
                case 3:
                    ReadNormalizer(definition, model.Inner("the normalizer"));
                    break;
                case 5:
                    RefuseDenormalizer(definition, model.Inner("the denormalizer"));
                    break;
            }
        }

        if (definition.Pieces.Count == 0)
        {
            throw definition.Error("", "no pieces", "a SentencePiece model with a vocabulary");
        }

        return definition;
    }

    /// <summary>Writes the pieces that plain text can yield, the others as nameless ones that keep their ids.</summary>
    /// <param name="pieces">The vocabulary.</param>
    /// <param name="unknownId">Id of the unknown piece.</param>
    /// <param name="maxLength">Longer pieces, in characters, are left out.</param>
    /// <returns>A model without text normalisation.</returns>
    public static MemoryStream Write(List<Piece> pieces, int unknownId, int maxLength)
    {
        MemoryStream stream = new();
        using (CodedOutputStream output = new(stream, leaveOpen: true))
        {
            for (int id = 0; id < pieces.Count; id++)
            {
                Piece piece = pieces[id];
                bool isFound = piece.Type == PieceType.Normal && piece.Text.Length <= maxLength;
                string text = isFound ? piece.Text : "";
                output.WriteTag(1, WireType.LengthDelimited);
                output.WriteLength(CodedOutputStream.ComputeStringSize(text) + 8);
                output.WriteTag(1, WireType.LengthDelimited);
                output.WriteString(text);
                output.WriteTag(2, WireType.Fixed32);
                output.WriteFloat(piece.Score);
                output.WriteTag(3, WireType.Varint);
                output.WriteEnum((int)(isFound ? piece.Type : id == unknownId ? PieceType.Unknown : PieceType.Control));
            }

            // The package wants ids for the beginning and end of a sequence and takes those pieces out of the text.
            int idSize = CodedOutputStream.ComputeInt32Size(unknownId);
            output.WriteTag(2, WireType.LengthDelimited);
            output.WriteLength(2 + (3 * (2 + idSize)));
            output.WriteTag(3, WireType.Varint);
            output.WriteEnum(1);
            for (int field = 40; field <= 42; field++)
            {
                output.WriteTag(field, WireType.Varint);
                output.WriteInt32(unknownId);
            }

            output.WriteTag(3, WireType.LengthDelimited);
            output.WriteLength(0);
        }

        stream.Position = 0;
        return stream;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ReadPiece(TokenizerDefinition definition, Message message)
    {
        (string text, float score, ulong type) = ("", 0f, (ulong)PieceType.Normal);
        string place = $"byte {message.Start} (piece {definition.Pieces.Count})";
        while (message.Next())
        {
            switch (message.Field)
            {
                case 1:
                    text = message.Text("a piece's text");
                    break;
                case 2:
                    score = BitConverter.UInt32BitsToSingle((uint)message.Number("a piece's score", WireType.Fixed32));
                    break;
                case 3:
                    type = message.Number("a piece's type");
                    break;
            }
        }

        if (type is < (ulong)PieceType.Normal or > (ulong)PieceType.Byte)
        {
            throw definition.Error(place, $"piece type {type}", "1 to 6");
        }

        definition.Add(text, score, (PieceType)type, place);
    }

    private static void ReadTrainer(TokenizerDefinition definition, Message message)
    {
        while (message.Next())
        {
            switch (message.Field)
            {
                case 3 when message.Number("the model type") is var type and not 1:
                    string name = type switch { 2 => " (BPE)", 3 => " (WORD)", 4 => " (CHAR)", _ => "" };
                    throw message.Error($"model type {type}{name}", "1 (UNIGRAM), the only one supported");
                case 24:
                    definition.WhitespaceAsSuffix = message.Number("treat_whitespace_as_suffix") != 0;
                    break;
                case 35:
                    definition.ByteFallback = message.Number("byte_fallback") != 0;
                    break;
                case 44:
                    definition.UnknownSurface = message.Text("unk_surface");
                    break;
                case 47:
                    definition.EndOfSequencePiece = message.Text("eos_piece");
                    break;
                case 48:
                    definition.PadPiece = message.Text("pad_piece");
                    break;
            }
        }
    }

    private static void ReadNormalizer(TokenizerDefinition definition, Message message)
    {
        while (message.Next())
        {
            switch (message.Field)
            {
                case 2:
                    ReadOnlySpan<byte> map = message.Bytes("precompiled_charsmap");
                    string place = $"byte {message.Start} (charsmap)";
                    definition.CharsMap = map.IsEmpty ? null : new CharsMap(definition, place, map);
                    break;
                case 3:
                    definition.AddDummyPrefix = message.Number("add_dummy_prefix") != 0;
                    break;
                case 4:
                    definition.RemoveExtraWhitespaces = message.Number("remove_extra_whitespaces") != 0;
                    break;
                case 5:
                    definition.EscapeWhitespaces = message.Number("escape_whitespaces") != 0;
                    break;
            }
        }
    }

    private static void RefuseDenormalizer(TokenizerDefinition definition, Message message)
    {
        while (message.Next())
        {
            if (message.Field == 2 && !message.Bytes("precompiled_charsmap").IsEmpty)
            {
                throw message.Error("a denormalizer with a charsmap", "none, as it is not supported");
            }
        }
    }

    /// <summary>The fields of a message one after another, each checked against what is left of the message.</summary>
    private sealed class Message(TokenizerDefinition definition, byte[] data, int start, int end)
    {
        private CodedInputStream _input = new(data, start, end - start);
        private WireType _wire;
        private ulong _number;
        private int _length;

        /// <summary>Number of the field.</summary>
        public int Field { get; private set; }

        /// <summary>Offset in the file of the field's value, before the first field of the message.</summary>
        public int Start { get; private set; } = start;

        /// <summary>Reads the next field.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public bool Next()
        {
            Start = (int)_input.Position;
            try
            {
                uint tag = _input.ReadTag();
                if (tag == 0) return false;
                (Field, _wire) = (GetTagFieldNumber(tag), GetTagWireType(tag));
                Start = (int)_input.Position;
                _number = _wire switch
                {
                    WireType.Varint or WireType.LengthDelimited => _input.ReadUInt64(),
                    WireType.Fixed32 => _input.ReadFixed32(),
                    WireType.Fixed64 => _input.ReadFixed64(),
                    _ => throw Error($"wire type {(int)_wire}", "0, 1, 2 or 5"),
                };
            }
            catch (InvalidProtocolBufferException error)
            {
                string cause = error.Message.ReplaceLineEndings(" ").TrimEnd('.');
                throw definition.Error($"byte {Start}", $"a damaged field ({cause})", "a SentencePiece model", error);
            }

            if (_wire == WireType.LengthDelimited)
            {
                int left = end - (int)_input.Position;
                if (_number > (ulong)left)
                {
                    throw Error($"a length of {_number} bytes", $"at most the {left} bytes left of the message");
                }

                (Start, _length) = ((int)_input.Position, (int)_number);
                _input = new CodedInputStream(data, Start + _length, left - _length);
            }

            return true;
        }

        /// <summary>The field's value as a number.</summary>
        public ulong Number(string name, WireType wire = WireType.Varint)
        {
            Require(name, wire);
            return _number;
        }

        /// <summary>The field's value as bytes.</summary>
        public ReadOnlySpan<byte> Bytes(string name)
        {
            Require(name, WireType.LengthDelimited);
            return data.AsSpan(Start, _length);
        }

        /// <summary>The field's value as text.</summary>
        public string Text(string name)
        {
            ReadOnlySpan<byte> utf8 = Bytes(name);
            if (Utf8.IsValid(utf8)) return Encoding.UTF8.GetString(utf8);
            string bytes = Convert.ToHexString(utf8[..Math.Min(32, utf8.Length)]);
            throw Error($"{name} of the bytes {bytes}", "valid UTF-8");
        }

        /// <summary>The field's value as a message.</summary>
        public Message Inner(string name)
        {
            Require(name, WireType.LengthDelimited);
            return new Message(definition, data, Start, Start + _length);
        }

        /// <summary>An error about the field.</summary>
        public TokenizerFormatException Error(string found, string expected) =>
            definition.Error(string.Create(CultureInfo.InvariantCulture, $"byte {Start}"), found, expected);

        private void Require(string name, WireType expected)
        {
            if (_wire == expected) return;
            throw Error($"{name} written as wire type {(int)_wire}", $"wire type {(int)expected}");
        }
    }
}
