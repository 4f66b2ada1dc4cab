global using CrossPT.Autograd.Tests.Kit;
global using Xunit;
