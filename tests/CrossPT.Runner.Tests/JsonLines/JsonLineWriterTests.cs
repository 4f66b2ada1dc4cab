using System.Buffers;
using System.Text;
using CrossPT.Runner.JsonLines;

namespace CrossPT.Runner.Tests.JsonLines;

public sealed class JsonLineWriterTests
{
    [Fact]
    public void WhatOtherProgramsTakeForALineEnd_IsEscaped()
    {
        using MemoryStream stream = new();
        JsonLineWriter writer = new(stream);
        writer.Buffer.Write("{\"a\":1}"u8);
        writer.EndLine();
        writer.Buffer.Write(Encoding.UTF8.GetBytes("{\"a\":\"x\u2028y\u2029\u2028z\u0085’ \u2027é\"}"));
        writer.EndLine();
        writer.Buffer.Write("{\"b\":1}"u8);
        writer.EndLine();
        writer.Flush();
        Assert.Equal(
            "{\"a\":1}\n{\"a\":\"x\\u2028y\\u2029\\u2028z\\u0085’ \u2027é\"}\n{\"b\":1}\n",
                Encoding.UTF8.GetString(stream.ToArray()));
        Assert.Equal("\"x\\u2028é\"", JsonText.Quote("x\u2028é"));
    }
}
